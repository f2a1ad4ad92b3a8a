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
        no seu|teu carrinho, no carrinho !de, seu|teu carrinho espera|aguarda|te, carrinho está esperando|aguardando|cheio|à, esqueceu|deixou|abandonou … carrinho
        finalize|finaliza|conclua|conclui|termine|complete a|sua|tua|o|seu compra|pedido antes|agora|hoje|já, antes que acabe|acabem|esgote|esgotem|se
        acumule|acumula|acumulem|junte|junta|some pontos, participe do nosso|clube|programa, faça parte do nosso|clube, junte se ao nosso|clube, torne se membro|sócio, código _ e economize|poupe|ganhe, código _ e pague menos
        ver|aproveitar|comprar|conferir as|a|nossas ofertas|oferta|promoções|promoção|saldos, venha|vem|venham descobrir|celebrar|viver|conhecer !o|a
        feliz|felizes natal|ano|páscoa|aniversário|festas, boas|boa festas|páscoa, bom natal|ano, próspero ano, feliz e próspero, santo natal
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
    own: "
        pedido|pedidos|compra|encomenda|reserva|pacote … black|cyber friday|monday … foi|está|saiu|chega|chegará|chegou|foram … enviado|enviada|cancelado|cancelada|entregue|entregues|confirmado|confirmada|reembolsado|reembolsada|recebido|recebida|pronto|pronta|caminho|devolvido|pago|despachado|despachada
        pedido|pedidos|compra|encomenda|reserva|pacote … black|cyber friday|monday chega|chegará|chegou|saiu, cancelamos|enviamos|recebemos|confirmamos|reembolsamos|despachamos … pedido|compra|encomenda|reserva … black|cyber friday|monday
        pedido|pedidos|compra|encomenda|reserva|pacote … da|das|dos|nos|nossa|nossos … liquidação|saldos|promoção … foi|está|saiu|chega|chegará|chegou|foram … enviado|enviada|cancelado|cancelada|entregue|entregues|confirmado|confirmada|reembolsado|reembolsada|recebido|recebida|pronto|pronta|caminho|devolvido|pago|despachado|despachada
        nota|fatura|reembolso|devolução|recibo|pagamento … pedido|compra|encomenda … black|cyber friday|monday
    ",
    next_purchase: "
        próxima|próximo|seguinte compra|pedido|encomenda, próximas|futuras compras|encomendas, próximos|futuros pedidos, próxima vez que comprar|pedir
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
        senha|password|pin … banco|conta|cartão|perfil|email|celular|telemóvel, pergunta|resposta de segurança|secreta
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
        ninguém, redefina|redefinir|altere|alterar|mude|recuperar sua|a|tua senha|password|palavra, esqueceu
    ",
    threats: "
        tomaremos|tomar|iniciaremos|adotaremos|moveremos as|medidas|ações|uma|um|ação … judiciais|legais|cabíveis|judicial, medidas|ações|providências legais|judiciais contra
        tomaremos|iniciaremos|adotaremos medidas|ações|providências legais|judiciais|cabíveis, vamos|iremos|teremos|obrigados a|que|tomar|acionar … medidas|ações legais|judiciais
        processo|ação judicial contra, processaremos você|vocês, vamos|iremos processar você|vocês, vamos|iremos denunciar|expor você|vocês, entraremos com … ação|processo
        nos vemos|veremos no|nos tribunal|tribunais, levaremos … tribunal|justiça|tribunais, acionaremos … justiça, para a cadeia|prisão, parar na cadeia|prisão, será preso|presa
        avisaremos|informaremos|ligaremos|contactaremos|contataremos o|a|ao|à|aos|os|para … chefe|patrão|empregador|vizinhos, avisaremos|contataremos seu|sua|seus chefe|patrão|empregador|vizinhos
        vamos|iremos avisar|contar|informar|ligar o|a|ao|à|aos|os|seu|seus|para … chefe|patrão|empregador|vizinhos, contaremos|diremos a|à|aos … família|amigos|todos
        publicaremos|divulgaremos|exporemos o|a|os|as|seu|sua … nome|foto|fotos|dívida|dívidas, vamos|iremos publicar|divulgar|expor o|a|os|as|seu|sua … nome|foto|fotos|dívida|dívidas
        você|ou vai|irá|vais se arrepender, você|ou se arrependerá, sofrerá|sofrer|arcará|arcar|enfrentar as|com … consequências
        sabemos onde você mora|trabalha|vive, sabemos onde mora|trabalha|vive, a|à|uma|para … empresa|agência|escritório|assessoria de cobrança|cobranças, cobradores
        protestaremos, protestado|protesto em|no cartório, negativaremos, negativar seu|o|sua nome|cpf, nome sujo, no|ao serasa|spc, penhoraremos, penhorar seus|os bens
    ",
    empty: "
        olá oi bom boa dia tarde noite caro cara prezado prezada cliente clientes hóspede senhor senhora você vocês o a os as um uma uns
        umas lhe te seu sua seus suas nós nos nosso nossa temos tem tens há é são está estão foi foram de do da dos das em no na com por
        para e ou que se algo novo nova novos novas mensagem mensagens notificação notificações aviso avisos atualização
        atualizações atualizado atualizada informação informações novidades notícias importante importantes urgente atenção aqui agora
        hoje responda responde responder leia ler veja ver abra abrir verifique verifica consulte clique toque link aplicativo
        aplicação app site página conta perfil detalhes mais contacte contate ligue escreva tentamos tentámos contatar contactar
        falar possível breve quanto antes favor
    ",
};
