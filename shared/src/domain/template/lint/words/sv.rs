//! Swedish.

use super::Words;

pub(super) const WORDS: Words = Words {
    language: "sv",
    strong: "
        # % rabatt|billigare|lägre|rea|rabatterat, # procent rabatt|rabatterat, rabatt på # %, rabatt på din|ditt|alla|hela|allt
        # ¤ rabatt|rabatterat, rabattkod* !du|som, kampanjkod* !du|som, # % på ditt|din|allt|hela|alla, till|för priset av en|ett|två|#, erbjudandekod*, värdekod*, rabattkupong*, kupong, kuponger, kupongkod*
        kampanjpris*, kampanjerbjudande*, specialerbjudande*, specialpris*, superpris*, extrapris*, sommarerbjudande*
        vintererbjudande*, julerbjudande*, hösterbjudande*, vårerbjudande*, helgerbjudande*, medlemserbjudande*, medlemsrabatt*
        exklusiva|exklusivt|exklusiv|fantastiska|fantastiskt|oslagbara|oslagbart|unika|unikt|bästa|heta|särskilt|särskilda|speciellt|speciella erbjudande|erbjudanden|erbjudandet|pris|priser|priset|deal|deals|kampanj|kampanjer|rabatt|rabatter
        erbjudandet|erbjudande|kampanjen gäller|upphör|slutar|avslutas, begränsad tid, bara|endast i helgen, sista chansen
        missa inte detta|denna|chansen|vårt|våra|vår|årets|erbjudandet|möjligheten, missa inga erbjudanden
        köp|beställ|handla|shoppa nu|idag|direkt, köp # betala, ta # betala, boka nu|idag och|för|så|innan
        fynda, rea, rean, reapris*, sommarrea*, vinterrea*, mellandagsrea*, realisation, utförsäljning, halva priset, halvt pris
        2 för 1, två för en|ett, 3 för 2, tre för två, gratis natt|nätter|gåva|gåvor|dryck|drink|present|provperiod|massage
        natt gratis, på köpet, vinn, vinna en|ett, chans|chansen att vinna, tävla, utlottning, lotteri, lottar ut
        spara # %, spara # ¤, spara # procent, spara upp|pengar|stort, bästa|lägsta priset|pris|priser|priserna
        medan lagret räcker, så långt lagret, först till kvarn, värva en|ett|dina, tipsa en|dina vän|vänner, unna dig|er
        vi saknar dig|er, för|från endast|bara # ¤, endast|bara # rum|platser|bord kvar, endast|bara # kvar, sista platserna
        dubbla|extra poäng, bonuspoäng, skynda, ny kollektion, nya kollektionen
        sänkta|nedsatta|rabatterade priser|priset|pris, rabatterat, rabatterad, rabatterade
        äter|bor|åker|sover|dricker|badar|reser gratis|fritt, till halva, riktigt|otroligt|väldigt|extra|så|till bra|lågt|förmånligt pris|priser, oslagbart|superbra pris|priser, nätter och betala för|bara|endast, till ett bra|lågt|förmånligt pris
        tipsa|värva|rekommendera en|din|dina vän|vänner|kompis, rekommendera oss, ta med en vän, bjuder på dessert|efterrätt|natten|en|ett|din|middag|frukost|fördrink
        och få # ¤, få|får # ¤ rabatt|i|att|på, få|får en|ett|din|ditt presentkort|gåva|present|rabatt|värdecheck|värdebevis|bonus|kupong|gratis|tillgodo
        för # ¤ i|istället stället|för, natt|natten|dessert|desserten|massage|middag|drink är|ingår|blir gratis|fri, gratis natten|dessert|drink|massage|middag|uppgradering|uppgraderingar
        vi bjuder, på huset
        i|kvar din|er varukorg|kundvagn|kundkorg|shoppingkorg, i varukorgen|kundvagnen|varukorg|kundvagn, varukorg|kundvagn väntar, varukorgen|kundvagnen väntar
        slutför|avsluta|gör ditt|din|klart köp|beställning innan|nu|idag|för, innan de|varorna tar|är slut, koden|kod _ och spara, koden|kod _ och betala mindre|lägre
        samla|tjäna|samlar poäng|bonuspoäng|bonus, bli medlem i vår|vårt|klubben, gå med i vår|vårt|klubben … klubb|program|lojalitetsprogram|medlemsklubb
        se|visa|handla våra|alla|dagens erbjudanden, till erbjudandena|rean, kom och upptäck|fira|upplev
        god|goda|glad|fröjdefull|fridfull jul !bord|fest, gott nytt, glad påsk|födelsedag|midsommar, grattis på
    ",
    persuasive: "
        boka nu|idag|direkt, boka din|er|ditt nästa, passa på, missa inte !ditt|din|dina|er|ert, endast|bara|enbart idag
        endast|bara|enbart i dag|kväll, innan det är för sent, upptäck|utforska|prova|testa vår|vårt|våra|nya|nyheterna, uppgradera din|ditt|till|nu|er
        prenumerera, anmäl dig|er !till, bli medlem, gå med i|nu, skäm bort, njut av vårt|ett erbjudande, shoppa
        välkommen tillbaka och, ge bort, säkra din|er|ditt, hitta din|ditt nästa, vad sägs om, sugen på, varför inte
        kom och, läs mer om våra, upp till # % !av, bara|endast # ¤
        betygsätt oss, beställ|boka igen, boka nu, bra pris, kom tillbaka, till ett pris
    ",
    weak: "
        rabatt, rabatten, rabatter, *rabatt, erbjudande, erbjudandet, erbjudanden, erbjudandena, *erbjudande
        kampanj, kampanjen, kampanjer, exklusiv*, billig|billigt|billiga|billigare, presentkort*, lojalitetsprogram*
        medlemspoäng, premie|premier, tävling*, bonus, nyhet|nyheter, weekendpaket*, spapaket*, paketpris*, begränsat antal
        present, uppgradering
        istället för # ¤, i stället för # ¤, tillgodokvitto på
    ",
    own: "
        rabattkod|rabattkoden|rabatten är|har nu avdragen|avräknad|dragits|räknats, rabattkod|rabattkoden|rabatten är|har avdragen|avräknad|dragits|räknats
        black|cyber friday|monday|week beställning|beställningen|order|ordern|bokning|köp|paket … har|är|blev|blir|kommer … skickats|skickad|avbeställts|avbokats|avbeställd|avbokad|levererats|levererad|bekräftats|bekräftad|återbetalats|återbetald|mottagits|mottagen|betald|klar|klart|väg|packad|packats|försenad|ändrats|makulerats
        har … black|cyber friday|monday|week beställning|order|bokning|köp
        beställning|beställningen|order|ordern|bokning|köp|paket|varor … från|på|under … rean|rea|sommarrean|vinterrean|mellandagsrean|friday … har|är|blev|blir|kommer … skickats|skickad|avbeställts|avbokats|avbeställd|avbokad|levererats|levererad|bekräftats|bekräftad|återbetalats|återbetald|mottagits|mottagen|betald|klar|klart|väg|packad|packats|försenad|ändrats|makulerats
        faktura|fakturan|återbetalning|retur|kvitto|fråga|betalning … black|cyber friday|monday|week beställning|order|köp
    ",
    next_purchase: "
        nästa|kommande köp|beställning|order|shopping|inköp, nästa gång du|ni handlar|beställer|köper|shoppar
    ",
    transaction: "
        bokning*, bokad*, bokat, reserv*, vistelse*, beställning*, order*, tid|tiden, förfråg*, begäran, önskemål, meddelande*
        fråga|frågor|frågan, faktura*, kvitto*, betalning*, betalt, incheckning*, utcheckning*, check in|out, checka, ankomst*
        avresa*, anländ*, rum|rummet, bord|bordet, biljett*, leverans*, leverer*, konto|kontot, besök*, skrev, skrivit
        kontakt*, frågade, bagage*, transfer*, återbetal*, avtal*, paket|paketet, prenumeration*, samtal*, konversation*
        chatt*, möte*, flyg*, behandling*, hyra|hyr*, svar*, reparation*, klagomål*, nyckel*, taxi*, offert*, ärende*, service
        lektion*, köp|köpet, avbok*, dokument*, underhåll*, säkerhet*, omdöme*, åsikt*, återkoppl*, hör av, återkommer
        *bokning|*bokningen
    ",
    opt_out: "
        stop|stopp, avregistrer*, avanmäl*, avsluta, avsäg*, sluta, inte få|vill|ha|längre, inga fler, nej tack
        ej intresserad, avböj
    ",
    secrets: "
        kortnummer*, kreditkortsnummer*, kontokortsnummer*, kortuppgifter*, kreditkortsuppgifter*, kortnumret
        säkerhetskod|säkerhetskoden, ditt|ert|nuvarande lösenord, lösenordet till ditt, pinkod|pinkoden, pin kod|koden, din|er pin
        personnummer*, passnummer*, kontonummer*, bankuppgifter*, bankkonto*, kontouppgifter*, bankid, verifieringskod*
        inloggningsuppgifter*
        siffrorna|siffror|nummer|numret|uppgifter|uppgifterna|foto|bild|bilder|kopia … kort|kortet|pass|passet|legitimation|id|körkort|leg|kreditkort|bankkort|konto
        lösenordet|lösenord … bank|banken|konto|mejl
        passkopia, id handling|nummer, skanna|fota ditt|din pass|legitimation
        koden|kod till … kort|kortet|konto|kontot|bank, lösenordet|lösenord|pin … kontot|kort|kortet|profil|mejlen|konto, lösenorden, mitt|ditt|ert gamla lösenord, säkerhetsfråga|säkerhetsfrågan
    ",
    requests: "
        skicka|skickar|sänd|sänder|mejla|maila|sms, svara|svarar med|genom|på, dela|delar, uppge|uppger, ange|anger
        lämna|lämnar, meddela|meddelar, berätta, bekräfta|bekräftar, verifiera|verifierar, skriv|skriver, fyll|fyller i
        vi behöver, behöver vi, ge oss, uppdatera|uppdaterar, mata|knappa in, vidarebefordra|vidarebefordrar
    ",
    harmless: "
        aldrig, inte, inga|ingen|inget, utan, ta|ha med|upp|fram, visa|uppvisa, giltig, redo, nätverk*, internet*, dörr*
        port|porten, portkod*, lås|låset, kodlås*, entré*, kassaskåp*, nyckel*, knappsats*, garage*, parkering*
        sista fyra|4|siffrorna|siffror, vi skickar|mejlar|sms, skickar vi, vi har skickat|mottagit|fått, du får
        har uppdaterats|ändrats|bekräftats|skickats, i receptionen, bedrägeri*, nätfiske
        återställ|återställa|byt|byta|ändra|glömt … lösenord|lösenordet|pinkod, hemlig|hemligt
    ",
    threats: "
        vidta|vidtar|inleda|inleder|påbörja|påbörjar … rättsliga|juridiska|legala åtgärder|steg|process|processer, rättsliga|juridiska åtgärder|steg mot|kommer, rättslig process mot
        stämma|stämmer dig|er, dra|drar dig|er inför rätta|domstol, ses|träffas i rätten|domstol, polisanmäla|polisanmäler dig|er|vi
        berättar|informerar|kontaktar|meddelar|ringer vi … arbetsgivare|chef|grannar, vi informerar|kontaktar|meddelar|ringer din|er|dina|era arbetsgivare|chef|grannar
        att informera|kontakta|meddela|ringa|berätta … arbetsgivare|chef|grannar, berättar vi … familj|släkt|vänner|alla, att berätta för … familj|släkt|vänner|alla
        publicera|publicerar|avslöja|avslöjar|sprida|sprider … ditt|dina|din namn|bilder|bild|skuld|skulder|foto, hänga|hänger|hängs ut dig|er, hänger|hänga vi ut dig|er, du hängs ut, offentligt hänga|skämma
        kommer att ångra, kommer du|ni att ångra, kommer du|ni|att få ångra, ta konsekvenserna, stå för konsekvenserna, vet var du|ni bor|jobbar|arbetar, vet var dina|ditt barn|familj
        annars kommer vi hem, till inkasso|inkassobolag|kronofogden|kronofogdemyndigheten, inkasso|inkassobolag|kronofogden|indrivare|torped … kontaktar|kopplas
        lämnar|lämna|lämnas|skickar|skickas|överlämnar … inkasso|inkassobolag|kronofogden, utmäta|utmäter|utmätning, vräka|vräker|vräks dig|er|du
    ",
    empty: "
        hej hallå god morgon dag kväll kära bästa gäst gäster kund kunder du dig din ditt dina ni er ert era vi oss vår vårt våra jag det
        den de detta denna ett en har hade är var finns och eller att av för från till på i om med kan kunde vill ska så som något ny
        nytt nya meddelande meddelanden avisering aviseringar notis notiser uppdatering uppdateringar uppdaterats uppdaterat
        information info nyheter viktig viktigt viktiga brådskande obs här nu idag svara svar läs läsa se visa öppna kolla kontrollera
        klicka tryck länk länken app appen webbplats webbplatsen sida sidan konto kontot profil detaljer mer veta kontakta ring
        ringa tillbaka skriv försökt nå snart möjligt gärna snälla vänligen
    ",
};
