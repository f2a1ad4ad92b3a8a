//! Portuguese, of Brazil and of Portugal.

use super::Words;

pub(super) const WORDS: Words = Words {
    language: "pt",
    strong: "
        # % de desconto|descontos|redução|economia, # % desconto|menos, desconto de # %, desconto de até, descontos de até|#
        desconto|descontos especial|especiais|exclusivo|exclusivos|imperdível|imperdíveis|incrível|incríveis|progressivo
        código|códigos promocional|promocionais|promo !que|usado|utilizado, código|códigos de desconto|oferta|promoção !que|usado|utilizado
        cupom, cupons, cupão, cupões
        oferta|ofertas especial|especiais|exclusiva|exclusivas|limitada|limitadas|única|únicas|imperdível|imperdíveis
        oferta|ofertas incrível|incríveis|relâmpago|irresistível|irresistíveis
        promoção|promoções especial|especiais|exclusiva|exclusivas|limitada|relâmpago|imperdível|incrível|válida|válidas
        grande|grandes|melhores|super oferta|ofertas|descontos|promoções|saldos, nossas ofertas|promoções, nossos descontos|saldos
        preço|preços|tarifa|tarifas exclusivo|exclusivos|exclusiva|exclusivas|imbatível|imbatíveis|promocional|promocionais
        preço|preços|tarifa|tarifas|condição|condições especial|especiais|imperdível|imperdíveis|incrível|incríveis
        tempo limitado, por pouco tempo, só|somente|apenas neste fim, última|últimas chance|chances|oportunidade|oportunidades
        não perca|percas|percam esta|essa|este|nossa|nossas|nossos|tempo
        não perca|percas|percam a|as|os oportunidade|oferta|ofertas|promoção|promoções|chance|descontos|saldos
        compre|compra já|agora|hoje !está|foi|não|tem, compre # leve, leve # pague, leve 2|3, pague 1|2
        aproveite|aproveita|aproveitem já|agora|até|enquanto, aproveite|aproveita|aproveitem esta|essa|nossa|nossas|nossos|o|os|as|a oferta|ofertas|promoção|promoções|desconto|descontos|oportunidade|saldos
        liquidação total, imperdível, imperdíveis, metade do preço
        brinde exclusivo|grátis|especial, massagem|sobremesa|bebida|drinque|jantar|tratamento grátis|gratuita|gratuito|cortesia
        pelo preço de um|uma|#, leve|leva dois|duas|três|# _ e pague, leve|leva dois|duas|três|# e pague, # % na|no próxima|próximo|sua
        noite|noites|diária|diárias grátis|gratuita|gratuitas|extra
        sorteio, sorteios, concorra, participe do|e|no sorteio|ganhe|passatempo, ganhe|ganha um|uma|até|pontos|prêmios|prémios|desconto|#
        economize|poupe|economiza|poupa até|já|agora|mais|dinheiro|#, melhor|melhores preço|preços|tarifa|tarifas
        reserve|reserva já|agora|hoje e ganhe|garanta|aproveite|economize|poupe, reserve agora com|mesmo
        últimas|últimos vagas|quartos|unidades|lugares|apartamentos|peças, indique|traga|convide um|seus|uns amigo|amigos
        sentimos sua|a|tua|saudades falta|de|sua, por|desde apenas|só # ¤, por|desde apenas|só ¤ #, por|desde|de apenas|só r ¤ #
        por apenas|só, a partir de r ¤ #, corra, garanta já|agora, pontos em dobro|extras, presenteie quem, queima de estoque
        enquanto durarem|houver estoque|stock|os
        comem|come|jantam|janta|ficam|entram|bebem|dormem|viajam|hospedam grátis|gratuitamente|gratis, comem|ficam|entram|é|fica|sai de graça, crianças grátis|não pagam
        noites e pague|paga|pagas, por conta da casa, por nossa conta, é cortesia da casa, indique nos|nosso a|hotel|para, recomende|indique o|nosso|este hotel, recomende nos
        e receba|ganhe|recebe|ganha # ¤, e receba|ganhe|recebe|ganha ¤ #, e receba|ganhe|recebe|ganha r ¤ #
        receba|ganhe|garanta|leve um|uma|seu|sua vale|voucher|cupom|crédito|brinde|presente|bônus|desconto|diária
        em vez de r ¤ #, por # ¤ em vez|lugar de, por r ¤ # em vez|lugar de, de r ¤ # por, metade do valor, upgrade grátis|gratuito|cortesia
        noite|noites|diária|diárias|jantar|sobremesa|massagem|bebida é|fica|sai|são por|grátis|gratuita|cortesia, é|sai grátis
        ótimo|excelente|super preço
    ",
    persuasive: "
        reserve já|agora|hoje, reserva já|agora !está|foi|não|tem|se|pode|inclui|consta|está, reserve|planeje sua|seu próxima|próximo
        não perca|percas !a|o|seu|sua|de, aproveite|aproveita !a|o|sua|seu|ao, só|somente|apenas hoje, só|somente|apenas esta|nesta noite
        descubra|descobre|conheça|conhece nosso|nossa|nossos|nossas, inscreva se, subscreva, junte|junta se|te, cadastre se, torne se
        faça upgrade, faça um upgrade, garanta o|a|seu|sua !pagamento|reserva|acesso, eleve sua|seu, venha conhecer|aproveitar|curtir
        que tal aproveitar|um|uma|reservar|adicionar|passar, experimente|prove, mime se|te, volte|regresse e, presenteie
        peça já|agora|hoje, apenas|só # ¤, apenas|só ¤ #, apenas|só r ¤ #, até # % !do|da|de, saudades, resgate seus|seu|os, antes que seja tarde
        avalie nos, avalie|nos com cinco|5 estrelas, peça de novo|novamente, volte neste|nesta|este, bom preço, um bom|ótimo preço, upgrade|upgrades cortesia
    ",
    weak: "
        desconto, descontos, promoção, promoções, promocional, promo, promos, oferta !de|que, ofertas, saldos, liquidação
        exclusivo|exclusiva|exclusivos|exclusivas, barato|baratos|barata, pechincha*, prêmio|prémio|prêmios|prémios
        vale presente, cartão presente|oferta, cheque oferta|prenda, programa de fidelidade|pontos, brinde, brindes
        escapadinha*, novidades, vagas limitadas, upgrade, pacote especial
        em vez de # ¤
    ",
    transaction: "
        reserva|reservas|reservou|reservado|reservada, estadia|hospedagem|estada, pedido|pedidos|encomenda*
        consulta|consultas|marcação|agendamento*, solicit*, mensagem|mensagens, pergunta*, dúvida*, fatura*, nota, recibo*
        pagamento*, pago, check in|out, chegada|chegar|chegou|chega, saída|partida, quarto|quartos|apartamento, mesa
        bilhete*, ingresso*, entrega*, envio, enviado, conta, visita*, escrev*, contat*, contact*, perguntou
        bagagem|mala|malas, transfer*, traslado, reembolso*, contrato*, pacote, assinatura, conversa, chat, atendimento
        reunião, voo*, tratamento*, aluguel|aluguer, respond*, resposta*, reparação, conserto, reclamação*, chave|chaves, táxi
        orçamento*, ligação|chamada, caso, serviço*, sessão, aula, compra, cancel*, documento*, manutenção, segurança
        avaliação, opinião
    ",
    opt_out: "
        stop, parar, pare, sair, cancelar, descadastr*, remover, não receber|quero|deseja|desejo|quer|me, deixar de
        desinscrever, não tenho interesse
    ",
    secrets: "
        número|números|nº|dados|dígitos|validade … cartão|cartões|conta|passaporte|identidade|bi|rg|cpf|nif|cc|documento|cnh|contribuinte
        foto|fotos|cópia|cópias|imagem … passaporte|passaportes|rg|cpf|cnh|bi|identidade|documento|cartão
        dados bancários, sua|tua senha|password, seu|teu pin|cpf|rg|nif, senha … banco|conta|cartão|email|atual, palavra passe
        código … segurança|verificação, cpf, rg, cartão de cidadão, conta bancária
    ",
    requests: "
        envie|envia|enviem|enviar|mande|manda|mandar|enviando, responda|responde|respondendo|responder com|a|informando
        compartilhe|partilhe|compartilhar|partilha, forneça|fornece|fornecer, informe|informa|informar|informando
        indique|indica|indicar, diga|diz|dizer, escreva|escreve, confirme|confirma|confirmar, verifique|verifica|verificar
        introduza|insira|digite|digita, precisamos|necessitamos, dê|passe|passa, atualize|atualiza, encaminhe|encaminhar
        preencha, anexe
    ",
    harmless: "
        nunca, jamais, não lhe|te|compartilhe|partilhe|envie|informe|pedimos|pediremos|solicitamos|precisa|é|se|peça, sem
        traga|trazer|mostre|apresente|apresentar|mostrar|leve, em mãos, rede, internet, porta*, teclado, entrada
        fechadura, cofre, chave|chaves, garagem, estacionamento, últimos|últimas quatro|4|dígitos|três
        enviaremos|mandaremos|informaremos, vamos enviar|mandar, foi enviado|enviada|alterado|alterada|atualizado|confirmado
        recebido|recebida|recebemos, na recepção|receção, fraude*, golpe*
    ",
};
