//! Spanish.

use super::Words;

pub(super) const WORDS: Words = Words {
    language: "es",
    strong: "
        # % de descuento|dto|rebaja|ahorro, # % dto|menos, descuento de|del # %, descuento de un|hasta, descuentos de hasta|un
        descuento|descuentos especial|especiales|exclusivo|exclusivos|increíble|increíbles
        código|códigos|cupón promocional|promocionales|descuento|promo !que|usado|utilizado, código|códigos de descuento|promoción|oferta !que|usado|utilizado
        cupón, cupones
        oferta|ofertas especial|especiales|exclusiva|exclusivas|limitada|limitadas|única|únicas|irresistible|irresistibles
        oferta|ofertas increíble|increíbles|imperdible|imperdibles|flash|relámpago|imbatible|imbatibles
        promoción|promociones especial|especiales|exclusiva|exclusivas|limitada|única|increíble|increíbles|imperdible|válida
        gran|grandes|mejores|súper oferta|ofertas|descuentos|promociones|rebajas, nuestras ofertas|promociones|rebajas
        tarifa|tarifas|precio|precios exclusiva|exclusivas|exclusivo|exclusivos|rebajado|rebajados|rebajada|rebajadas
        tarifa|tarifas|precio|precios imbatible|imbatibles|increíble|increíbles|promocional|promocionales|especial|especiales
        tiempo limitado, por poco tiempo, este fin de semana solo|solamente|únicamente, solo|sólo este mes
        última|últimas oportunidad|oportunidades, no te|se|os lo|la|los|las pierdas|pierda|perdáis|pierdan
        no te|se|os pierdas|pierda|perdáis|pierdan esta|este|estas|estos|nuestra|nuestras|nuestro|nuestros|la|las|los|nada
        no pierdas|pierda la|esta|tu oportunidad, no pierdas|pierda esta|la
        compra|compre|cómpralo|cómprelo ya|ahora|hoy !está|esta|ha|fue|se|no, comprar ahora|ya
        aprovecha|aproveche|aprovechen esta|estas|este|nuestra|nuestras|la|las oferta|ofertas|promoción|promociones|oportunidad|descuento|rebajas
        aprovecha|aproveche|aprovechen ya|ahora|hasta|un|el descuento|que|este|el
        rebajas, liquidación de|total, mitad de precio, 2 por 1, dos por uno, gratis por|con cada
        noche|noches|masaje|masajes|tratamiento|postre|copa|bebida|cóctel|cena gratis|regalo, por el precio de un|uno|una|#
        # % en su|tu próxima|próximo, regalo|regalos gratis|exclusivo|exclusivos|seguro, te|le|os regalamos
        sorteo, sorteos, participa|participe y|en gana|gane|el|nuestro, gana|gane un|una|puntos|premios|hasta
        ahorra|ahorre un|hasta|ahora|dinero|más|#, mejor|mejores precio|precios|tarifa|tarifas, precio mínimo
        reserva|reserve ya|ahora|hoy y|para ahorra|ahorre|disfruta|disfrute|consigue|consiga|obtén|obtenga|aprovecha
        hasta agotar, últimas|últimos plazas|habitaciones|unidades|lugares|cupos
        trae|traiga|invita|invite|recomienda|recomiende a un|una|tus|sus amigo|amiga|amigos|amigas, te|le extrañamos, te|le echamos de menos
        date|dese|dense un|el|este capricho|gusto|lujo
        por|desde solo|sólo # ¤, por|desde solo|sólo ¤ #, por tan solo|sólo, corre que, puntos dobles|extra
        venta flash|especial|nocturna, buen fin, hot sale
        comen|come|cenan|cena|duermen|entran|beben|viajan|alojan gratis, niños gratis, invita la casa, la casa invita, noches y pague|paga|pagas, corre por|de nuestra cuenta, van por nuestra cuenta
        recomiéndenos|recomiéndanos|recomiéndeme a|y, recomiende|recomienda nuestro|el|este hotel, invite|invita a sus|tus
        y reciba|recibe|gane|gana|consiga|consigue|obtenga|obtén # ¤, y reciba|recibe|gane|gana|consiga|consigue|obtenga|obtén ¤ #
        reciba|recibe|consiga|consigue|obtenga|obtén|gane|gana|llévese|llévate un|una|su|tu vale|bono|cheque|obsequio|regalo|detalle|premio|crédito
        por # ¤ en vez|lugar de, por ¤ # en vez|lugar de, antes # ¤ ahora, noche|noches es|sale|sin|le gratis|regala|coste|cargo
        noche|noches|cena|desayuno|masaje|postre|copa es|sale|va|son gratis|regalo, es|va de regalo, upgrade gratis|gratuito
        vale|bono|cheque de # ¤ para, la mitad del precio, al mejor|increíble precio
        en su|tu|el carrito|cesta, su|tu carrito le|te|espera|está|sigue|aún, su|tu cesta le|te espera, olvidó|olvidaste|dejó|dejaste|abandonó … carrito|cesta
        finalice|finaliza|complete|completa|termine|termina su|tu|la compra antes|ahora|hoy, antes de que se agoten|agote|acaben|acabe
        acumule|acumula|acumulen|sume|suma|junte|junta puntos, únete|únase a nuestro club|programa, hazte|hágase socio|socia|miembro de|del, código _ y ahorre|ahorra, código _ y pague|paga menos
        ver|ven|comprar|descubrir|aprovechar las|la|nuestras ofertas|oferta|rebajas|promociones|promoción, ven|venga|vengan|venid a descubrir|conocer|celebrar|vivir
        feliz|felices|alegre|blanca navidad|navidades|fiestas|pascua|pascuas|año|cumpleaños|aniversario|reyes, próspero año|y, felices y prósperas|prósperos, buen año|comienzo nuevo|de, mejores deseos para|en
    ",
    persuasive: "
        reserva|reserve|resérvalo|resérvala ya|ahora !está|esta|ha|fue|se|no|es|puede|queda|incluye|tiene|cuenta|figura, reserve hoy
        reserva|reserve tu|su próxima|próximo, aprovecha|aproveche|aprovechen !para, solo|sólo|solamente|únicamente hoy
        solo|sólo esta noche
        no te|se pierdas|pierda !en|por, descubre|descubra|descubran nuestro|nuestra|nuestros|nuestras
        conoce|conozca nuestra|nuestras|nuestro|nuestros, mejora|mejore tu|su habitación|estancia|experiencia
        suscríbete, suscríbase, únete|únase a|al, regístrate|regístrese y, hazte|hágase socio|socia|miembro
        date|dese prisa, consigue|consiga tu|un|una, mímate, mímese, regálate, regálese, regala|regale
        disfruta|disfrute de nuestra|nuestras|nuestro|nuestros oferta|ofertas|promoción|promociones|descuentos|nueva|nuevo
        vuelve|vuelva y, ven y, no esperes|espere más, solo|sólo # ¤, solo|sólo ¤ #, hasta un|el # % !del|de, canjea|canjee|canjéalos|canjéelos, antes de que sea tarde, te atreves
        valórenos|valóranos|puntúenos|puntúanos con, vuelva|vuelve este|esta|a visitarnos|visitarnos, pida|pide otra vez, buen precio, muy buen precio
        mejora|mejoras gratuita|gratuitas|gratis, a un precio
    ",
    weak: "
        descuento, descuentos, promoción, promociones, promocional, promo, promos, oferta !de|que, ofertas, rebaja
        rebajado|rebajada, exclusivo|exclusiva|exclusivos|exclusivas, barato|baratos|barata, ganga|gangas
        premio|premios, tarjeta regalo, cheque|bono regalo, puntos de fidelidad, programa de fidelidad|fidelización
        regalo, escapada|escapadas, novedades, mejora gratuita, plazas limitadas, paquete especial
        cortesía de la casa, en lugar|vez de # ¤
    ",
    own: "
        pedido|pedidos|compra|reserva|paquete|encargo|orden … black|cyber friday|monday … fue|ha|está|sido|han|va|llega|llegará|llegó|salió|sale|queda … enviado|enviada|cancelado|cancelada|entregado|entregada|confirmado|confirmada|reembolsado|recibido|recibida|listo|lista|camino|devuelto|pagado
        pedido|pedidos|compra|reserva|paquete|encargo|orden … black|cyber friday|monday llega|llegará|llegó|salió|sale
        hemos … pedido|compra|reserva … black|cyber friday|monday
        pedido|pedidos|compra|reserva|paquete … de las|nuestras rebajas … fue|ha|está|sido|han|va|llega|llegará|llegó|salió|sale|queda … enviado|enviada|cancelado|cancelada|entregado|entregada|confirmado|confirmada|reembolsado|recibido|recibida|listo|lista|camino|devuelto|pagado
        pedido|pedidos|compra|reserva|paquete … de las|nuestras rebajas de … fue|ha|está|sido|han|va|llega|llegará|llegó|salió|sale|queda … enviado|enviada|cancelado|cancelada|entregado|entregada|confirmado|confirmada|reembolsado|recibido|recibida|listo|lista|camino|devuelto|pagado
        hemos … pedido|compra|reserva … de las|nuestras rebajas
        factura|reembolso|devolución|recibo|pago|consulta de|sobre|por su|tu|del … pedido|compra … black|cyber friday|monday
    ",
    next_purchase: "
        próxima|siguiente|futura compra|orden|reservación, próximo|siguiente|futuro pedido, próximas|futuras compras, próximos pedidos, próxima vez que compre|compres|pida|pidas
    ",
    transaction: "
        reserva|reservas|reservación|reservado|reservada|reservó|reservaste, estancia|estadía, pedido|pedidos, cita|citas
        solicit*, mensaje*, pregunta*, consulta*, factura*, recibo*, pago*, pagado, check in|out
        llegada|llegar|llegado|llega, salida, habitación|habitaciones, mesa, entrada|entradas, billete*, entrega*, envío*
        enviado, cuenta, visita*, escribi*, escrit*, contact*, preguntó|preguntaste, equipaje, traslado*, reembolso*
        contrato*, paquete, suscripción*, conversación, chat, reunión, vuelo*, tratamiento*, alquiler*, respond*
        respuesta*, contest*, reparación*, reclamación*, queja*, incidencia*, llave|llaves, taxi, presupuesto*, llamada*
        caso, servicio*, sesión, clase, compra, cancel*, documento*, mantenimiento, suministro, seguridad, petición
        opinión, turno, registro
    ",
    opt_out: "
        stop, baja|bajas, no recibir|deseas|desea|quiero|quieres|quiere|más|me, dejar de, cancelar suscripción|la
        parar, desuscrib*, salir, no estoy interesado|interesada
    ",
    secrets: "
        número|números|nº|datos|dígitos|cifras|numeración|caducidad … tarjeta|tarjetas|cuenta|pasaporte|dni|nif|nie|identidad|identificación|documento|cédula|licencia|carné
        foto|fotos|copia|copias|imagen|escaneo … pasaporte|pasaportes|dni|identidad|identificación|documento|cédula|licencia|carné|tarjeta
        datos bancarios|de pago, su|tu contraseña|clave|pin, contraseña|clave … banco|banca|correo|cuenta|actual, clave de acceso
        código … seguridad|verificación|sms, código cvv|cvc|pin, dni, nif, nie, curp, cédula, seguridad social, cuenta bancaria
        contraseña|clave|pin … tarjeta|tarjetas|cuenta|cuentas|perfil|bancaria|móvil|teléfono, credenciales, pregunta|respuesta de seguridad|secreta
    ",
    requests: "
        envíe|envíenos|envía|envíanos|enviar|enviarnos|mande|mándenos|mándanos|manda|mandar|envíennos|envíeme|enviando
        responda|responde|respóndanos|responder|respondiendo con|a|indicando, comparta|comparte|compártanos|compartir
        facilite|facilítenos|facilita|facilítanos|facilitar|facilitarnos, proporcione|proporciónenos|proporciona|proporcionar|proporcionarnos
        indique|indíquenos|indica|indícanos|indicar|indicarnos, díganos|dinos|decirnos, escriba|escribe|escríbanos|escríbenos
        confirme|confirma|confirmar|confírmenos, verifique|verifica|verificar, introduzca|introduce|ingrese|ingresa
        necesitamos|requerimos|precisamos, dé|denos|danos|dar|darnos, actualice|actualiza, remita|remítanos
        reenvíe|reenvíenos, conteste|contesta con, adjunte|adjunta
    ",
    harmless: "
        nunca, jamás, no le|te|lo|la|es|se|comparta|compartas|envíe|envíes|pida|pedimos|pediremos|necesita|necesitas|solicitamos
        sin, traiga|trae|traer|muestre|muestra|presente|presenta|presentar|mostrar|lleve|lleva, a mano, red, internet
        puerta*, teclado, entrada, cerradura, caja, llave|llaves, garaje, parking, últimos|últimas cuatro|4|dígitos|tres
        le|te enviaremos|enviamos|mandaremos|hemos|daremos|facilitaremos, ha sido, recibido|recibida, en recepción, fraude*
        nadie, ninguna, restablezca|restablece|restablecer|cambie|cambia|cambiar|recuperar su|tu|la contraseña|clave, olvidó|olvidado|olvidaste
    ",
    threats: "
        tomaremos|emprenderemos|iniciaremos|ejerceremos|interpondremos … acciones|medidas|proceso legales|judiciales|legal|judicial, acciones|medidas legales|judiciales contra|en
        vamos|tendremos|obligados|procederemos a|que tomar|emprender|iniciar|ejercer … acciones|medidas legales|judiciales, proceso|procedimiento|demanda judicial contra
        procederemos|actuaremos legalmente|judicialmente, le|lo|la|te|os demandaremos|denunciaremos|embargaremos|perseguiremos
        vamos a demandarle|demandarte|denunciarle|denunciarte|embargarle|embargarte, demanda contra usted|ti, nos veremos en los|el tribunales|juzgado|juicio
        llevaremos … juicio|tribunales|juzgado, acabará|acabarás|irá|irás en|a la cárcel|prisión, iremos a por usted|ti
        avisaremos|informaremos|llamaremos|contactaremos|comunicaremos a|con su|tu|sus|tus jefe|jefa|empleador|empleadora|vecinos, contaremos|diremos … a su|tu|sus|tus|todos jefe|jefa|empleador|familia|amigos|vecinos
        publicaremos|difundiremos|expondremos su|tu|sus|tus nombre|foto|fotos|deuda|deudas, vamos a publicar su|tu nombre|foto|deuda
        o|usted|vez se|te arrepentirá|arrepentirás|arrepentirán, o lo lamentará|lamentarás|pagará|pagarás, usted|o va|vas a arrepentirse|arrepentirte|lamentarlo
        aténgase|atente|atenerse a las consecuencias, sufrirá|sufrirás las|consecuencias, asumir las consecuencias, sabemos dónde vive|vives|viven|trabaja|trabajas|estudian
        a … empresa|agencia|despacho de cobro|cobros|cobranza|recobro, a nuestro|nuestros|un abogado|abogados, cobradores
        lista|fichero|listas|ficheros de morosos, incluiremos … morosos|asnef, embargaremos|embargar su|tu|sus|tus
    ",
    empty: "
        hola buenos días buenas tardes noches estimado estimada estimados querido querida cliente clientes huésped señor señora usted
        ustedes le te les lo la los las el un una unos unas su tu sus tus nosotros nos nuestro nuestra tenemos tiene tienes hay ha han
        hemos es son está están de del a al en con por para y o que si se qué algo nuevo nueva nuevos nuevas mensaje mensajes
        notificación notificaciones aviso avisos actualización actualizaciones actualizado actualizada información novedades noticias
        importante importantes urgente atención aquí ahora hoy responda responde responder conteste contesta lea lee leer vea ver
        abra abre revise revisa revisar consulte haga haz clic pulse pulsa enlace app aplicación web sitio página cuenta perfil
        detalles más contacte contáctenos contáctanos llame llámenos llámanos escriba escríbanos escríbenos intentado contactar
        contactarle contactarte pronto posible antes cuanto favor
    ",
};
