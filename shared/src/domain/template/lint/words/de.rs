//! German.

use super::Words;

pub(super) const WORDS: Words = Words {
    language: "de",
    strong: "
        # % rabatt|nachlass|ermäßigung|günstiger|sparen|reduziert|preisnachlass|ersparnis|billiger|rabatte
        # % auf alle|alles|ihre|ihren|deine|deinen|unsere nächste|nächsten|zimmer|buchungen|anwendungen|übernachtungen
        rabatt von # %, # % iger rabatt|nachlass, # ¤ rabatt|nachlass
        rabattcode* !den|wurde|der, rabattaktion*, gutscheincode* !den|wurde|der, zum preis von einem|einer|einen|#|zwei, gutschein code, aktionscode*, aktionspreis*, aktionswoche*, aktionsangebot*
        promocode*, promo|aktions|rabatt code|codes, coupon*, sonderangebot*, sonderpreis*, sonderrabatt*, sonderaktion*
        spezialangebot*, spezialpreis*, schnäppchen*, winterangebot*, sommerangebot*, herbstangebot*, frühlingsangebot*
        osterangebot*, weihnachtsangebot*, wochenendangebot*, tagesangebot*, kennenlernangebot*, last-minute angebot*
        exklusive|exklusives|exklusiven|unschlagbare|unschlagbares|unschlagbaren|attraktive|attraktives|attraktiven angebot|angebote|angeboten|rabatt|rabatte|preis|preise|preisen|konditionen
        tolle|tolles|tollen|besonderes|besondere|einmaliges|einmalige|limitiertes|limitierte|spezielles|spezielle angebot|angebote|angeboten|rabatt|rabatte|preise|preisen|aktion|aktionen
        verlockende|günstige|günstiges|großartige|unwiderstehliche|unwiderstehliches|beste|besten angebot|angebote|angeboten|preise|preisen|deals|deal
        nur für kurze zeit, nur kurze zeit, begrenzte|limitierte zeit, zeitlich begrenztes|begrenzte|limitiertes|limitierte
        nur noch heute, nur noch wenige zimmer|plätze|tische, nur dieses wochenende, nur an diesem wochenende, letzte|ihre|deine chance
        solange der vorrat, verpassen sie nicht|keine diese|dieses|diesen|unsere|unser|unseren, verpasse|verpasst nicht diese|dieses|diesen|unsere|unser|unseren
        nichts verpassen, jetzt kaufen|zuschlagen|sparen|bestellen|shoppen|sichern, jetzt buchen und|sparen
        kaufen|bestellen sie jetzt, schlussverkauf, winterschlussverkauf, sommerschlussverkauf, ausverkauf, räumungsverkauf*, sale
        zum halben preis, 2 für 1, zwei für eins, 3 für 2, eine nacht gratis|geschenkt|kostenlos|umsonst
        gratis|kostenlose|kostenlosen nacht|nächte|übernachtung|geschenk|geschenke|getränk|getränke|massage|probe|cocktail
        gratis dazu, gratisnacht, gratisnächte, gratisgeschenk, gewinnspiel*, verlosung*, verlosen wir, wir verlosen
        gewinnen|gewinne sie|jetzt|einen|eine|mit, spare|spart bis|jetzt|#|mit|bei, jetzt # % sparen
        bis zu # ¤ sparen|rabatt, # ¤ sparen, bestpreis*, tiefpreis*, tiefstpreis*, niedrigste|niedrigster|niedrigsten|bester preis|preise|preisen
        frühbucher*, freunde|freundinnen werben|empfehlen|einladen, freund werben, gönnen sie sich, gönn|gönne dir|euch
        wir vermissen sie|dich, sie fehlen uns, du fehlst uns, für|ab|schon nur # ¤, für|ab|schon nur ¤ #, schon ab # ¤
        nur noch # zimmer|plätze|tische|stück, letzte|letzten restplätze, doppelte punkte, bonuspunkte, preissenkung*
        reduzierte|reduzierten preise|preisen|raten, neue kollektion, greifen sie zu, greif zu, zugreifen
        für # ¤ statt, nur # ¤ statt, statt # ¤ nur|jetzt|für|bezahlen|zahlen, schon|bereits für # ¤, schon|bereits ab # ¤
        aufs haus, wir schenken ihnen|dir|euch, schenken wir ihnen|dir|euch, essen|isst|wohnen|übernachten|schlafen|baden|trinken gratis|umsonst
        kinder essen|übernachten|wohnen kostenlos|frei, die|der|das hälfte sparen, halber preis, halbem|halben preis
        erhalten|bekommen|sichern|kassieren|erhältst|bekommst sie|du|dir|sich # ¤ guthaben|gutschein|rabatt|prämie|bonus|nachlass
        erhalten|bekommen|sichern|kassieren sie # ¤ geschenkt, erhalten|bekommen sie einen|ein|als # ¤ gutschein|guthaben|bonus
        erhalten|bekommen|sichern|erhältst|bekommst sie|du|dir|sich einen|ein|eine gutschein|geschenk|guthaben|prämie|rabatt|überraschung|gratis
        empfehlen|empfiehl sie|uns weiter, empfehlen sie uns, bringen|bring sie|eine|einen|doch freund|freunde|freundin mit
        bringen sie|du einen|eine freund|freundin, nacht|übernachtung|abendessen|frühstück|dessert|massage|getränk ist|gibt geschenkt|gratis
        nacht|übernachtung|abendessen|dessert|massage|getränk|sekt|cocktail geschenkt|gratis|umsonst, gratis upgrade|upgrades
        sparen sie bis|jetzt|#|mit|bei|beim|bares|geld|heute|auf|ganze|satte|über, nur die hälfte, nur eine|zwei|drei|2|3 bezahlen|zahlen, frühstück|abendessen geschenkt, einen|ein gutschein|geschenk|rabatt für sie|dich|ihren|deinen, preis|preise steigt|steigen, zum kleinen|günstigen|sensationellen preis
        in|im ihrem|deinem|eurem|ihren|deinen warenkorb|einkaufswagen|einkaufskorb, im warenkorb|einkaufswagen|einkaufskorb, warenkorb|einkaufswagen wartet|warten|vergessen|liegt|liegen
        bevor sie|er|es|alles ausverkauft|vergriffen, punkte sammeln|sichern
        sammeln|sammle|sammelst|sichern sie|du|jetzt|dir|sich|auch … punkte|treuepunkte|bonusnächte, sammeln|sammle … … punkte, werden|werde sie|du … mitglied in|im|bei|unseres, werde jetzt|noch mitglied
        treten sie|tritt … club|treueprogramm|bonusprogramm … bei, angebote ansehen|entdecken|sichern|shoppen, zu den|unseren angeboten, kommen sie|kommt|komm … und entdecken|entdecke|entdeckt|erleben|erlebe|feiern|feiere
        frohe|frohes|fröhliche|gesegnete|gesegnetes|besinnliche|besinnliches|schöne|schönes|wunderbare|wundervolle weihnachten|weihnacht|weihnachtsfest|weihnachtszeit|weihnachtstage|ostern|osterfest|osterfeiertage|festtage|feiertage|fest
        gutes|guten|frohes|glückliches|gesundes|erfolgreiches neues|neuen jahr, guten rutsch, rutsch ins neue, alles gute zum|im geburtstag|neuen, glückwunsch|glückwünsche zum|zu geburtstag|ihrem|deinem
    ",
    persuasive: "
        jetzt buchen|reservieren|entdecken|anmelden|upgraden, buchen sie jetzt|gleich|heute, sichern sie sich, sichere dir
        entdecken|erleben sie unsere|unser|unseren, entdecke|erlebe unsere|unser|unseren, nicht verpassen
        abonnieren|abonniere, werden sie mitglied, werde mitglied, beeilen sie, beeil dich, verwöhnen|verwöhne|verwöhn
        lassen sie sich verführen|inspirieren|überraschen, schenken|verschenken sie, stöbern|stöbere
        planen|buchen sie ihren|ihre nächsten|nächste, upgraden, lust auf, probieren sie unsere|unser|unseren, holen sie sich
        hol dir, nur heute, bis zu # % !des|der|vom, nur # ¤, nur ¤ #
        bewerten sie uns, bestellen sie wieder|erneut|nochmals, kommen sie wieder, kommen sie im, kostenlos dazu, buchen sie noch, jetzt schon
    ",
    weak: "
        rabatt, rabatte, *rabatt, preisnachlass, ermäßigung, ermäßigt*, unser|unsere|unseren|neue|aktuelle|aktuellen angebot|angebote|angeboten
        angebote, exklusiv*, günstig|günstiger|günstige, billig*, gutschein, gutscheine, geschenkgutschein*, geschenkkarte*
        treuepunkte|treueprogramm, prämie|prämien, geschenkt, aktion !erforderlich, aktionen, promotion*, gewinn, upgrade
        neuheiten, begrenzte plätze|verfügbarkeit, auszeit, kurzurlaub*, arrangement*, mitgliedervorteil*, vorteilspreis*
        guthaben, statt # ¤, kostenloses extra
    ",
    own: "
        black|cyber friday|monday|week bestellung|bestellungen|buchung|einkauf|paket|lieferung … wurde|ist|wird|sind|wurden … versandt|verschickt|storniert|geliefert|zugestellt|bestätigt|erstattet|eingegangen|unterwegs|bezahlt|bereit|da|angekommen|geändert|verzögert
        bestellung|buchung|einkauf|paket|artikel … vom|am|aus|im|zum … friday|monday|sale|schlussverkauf|winterschlussverkauf|sommerschlussverkauf|ausverkauf … wurde|ist|wird|sind|wurden … versandt|verschickt|storniert|geliefert|zugestellt|bestätigt|erstattet|eingegangen|unterwegs|bezahlt|bereit|da|angekommen|geändert|verzögert
        haben … black|cyber friday|monday|week bestellung|bestellungen|buchung|lieferung … versandt|verschickt|storniert|bestätigt|erstattet|erhalten
        haben … bestellung|buchung … vom|am|aus|im|zum … friday|monday|sale|schlussverkauf|winterschlussverkauf|sommerschlussverkauf … versandt|verschickt|storniert|bestätigt|erstattet|erhalten
        rechnung|erstattung|rücksendung|frage|zahlung … black|cyber friday|monday|week bestellung|buchung
    ",
    next_purchase: "
        nächsten|nächste|nächster|nächstes|weiteren|künftigen bestellung|einkauf|kauf|bestellungen|shopping, nächstes mal bestellen|einkaufen|kaufen|shoppen
    ",
    transaction: "
        buchung*, gebucht*, reservier*, aufenthalt*, bestell*, termin|termine|termins, anfrage*, anliegen, nachricht*, frage|fragen
        rechnung*, quittung*, beleg*, zahlung*, bezahl*, check in|out, ankunft*, anreise*, abreise*, ankommen|eintreffen
        zimmer*, tisch*, ticket*, liefer*, versand*, konto, besuch*, geschrieben, schreiben, kontakt*, gefragt, gepäck*
        transfer*, shuttle*, erstattung*, rückerstattung*, vertrag*, paket*, abonnement*, gespräch*, unterhaltung, chat
        flug*, behandlung*, miet*, antwort*, reparatur*, beschwerde*, reklamation*, schlüssel*, taxi, angefordert*, angebot
        anruf*, rückruf*, vorgang*, fall, service, sitzung, kurs, kauf, einkauf, storn*, dokument*, wartung*, sicherheit*
        bewertung*, meinung, feedback, auftrag*, melden
        *buchung|*buchungen
    ",
    opt_out: "
        stop|stopp, abmeld*, abbestell*, melden sie|dich sich|ab ab|von, keine nachrichten|angebote|weiteren|werbung|mehr|infos
        nicht mehr, kein interesse, austragen, widerruf*
    ",
    secrets: "
        kreditkartennummer*, kartennummer*, kreditkartendaten, kartendaten, kreditkarteninformationen, prüfziffer, prüfnummer
        sicherheitscode, kartenprüfnummer, passwort, kennwort, ihre|deine|ihren|deinen pin, pin nummer|code, geheimzahl
        ausweisnummer, personalausweisnummer, reisepassnummer, passnummer, kontonummer, bankverbindung, bankdaten, kontodaten
        kontoverbindung, steuernummer, steuer id, sozialversicherungsnummer, tan, verifizierungscode, bestätigungscode
        ziffern|nummer|daten|foto|fotos|kopie|kopien|scan|bild|vorderseite … karte|kreditkarte|führerschein*|ausweis|ausweises|personalausweis*|pass|passes|reisepass*|konto|kontos
        passkopie, ausweiskopie, personalausweis|reisepass|ausweis als|per foto|nachricht|mail|whatsapp, zugangsdaten, logindaten
        passwörter, zugangspasswort, pin … karte|kreditkarte|bankkarte|girokarte|konto|kontos|onlinebanking, karten|kreditkarten|bank|konto pin|passwort, onlinebanking daten|pin|passwort
        mädchenname|mädchennamen ihrer|der|deiner, sicherheitsfrage
    ",
    requests: "
        senden|sende|schicken|schick|schicke|zusenden|zuschicken|gesendet, antworten|antworte|antwort, teilen|teile
        mitteilen|mitzuteilen, geben|gib, angeben|anzugeben|angabe, nennen|nenne, bestätigen|bestätige, übermitteln|übermittle
        verraten, schreiben|schreib|schreibe, eingeben|eingabe, benötigen|brauchen wir, wir benötigen|brauchen
        verifizieren|verifiziere, aktualisieren|aktualisiere, hinterlegen|hinterlege, mailen, leiten|leite|weiterleiten
    ",
    harmless: "
        nie|niemals, nicht, kein|keine|keinen, ohne, bringen|bringe|mitbringen|zeigen|vorzeigen|vorlegen, bereit*
        netzwerk*, internet*, tür*, *tür, eingang*, schloss, türschloss, tresor, safe, schlüssel*, tastenfeld, garage, parkplatz
        schranke, letzten vier|4|ziffern, wir senden|schicken ihnen|dir, senden|schicken wir, erhalten sie, erhältst du
        wurde|wurden, lautet, an der rezeption, betrug*, phishing
        niemand|niemandem|niemanden, passwort|kennwort|pin zurücksetzen|ändern|vergessen|zurückzusetzen, zurücksetzen, geheim
    ",
    threats: "
        rechtliche|gerichtliche|juristische schritte|maßnahmen gegen, rechtliche|gerichtliche|juristische schritte|maßnahmen … ein|einleiten|ergreifen|einzuleiten
        wir werden|müssen … rechtliche|gerichtliche|juristische schritte|maßnahmen, behalten … rechtliche|gerichtliche schritte, sehen uns vor gericht
        vor gericht bringen|ziehen|stellen|zerren, verklagen wir|sie|dich, wir verklagen, wir werden … verklagen, klage gegen sie|dich
        zeigen wir sie|dich … an, strafanzeige gegen|stellen|erstatten, erstatten wir anzeige|strafanzeige, wir erstatten anzeige|strafanzeige
        übergeben|geben|leiten|abtreten … … inkasso|inkassobüro|inkassounternehmen|inkassodienst, inkassobüro|inkassounternehmen|inkassodienst|inkasso|gerichtsvollzieher übergeben|einschalten|beauftragen|abgeben|weitergegeben|weitergeleitet|abgetreten|eingeschaltet|beauftragt
        gerichtsvollzieher|geldeintreiber … kommt|kommen|schicken|vorbei|beauftragen, an … anwalt|anwälte|rechtsanwalt übergeben
        informieren|benachrichtigen|kontaktieren wir … arbeitgeber|chef|nachbarn, wir|und informieren|benachrichtigen|kontaktieren ihren|ihre|deinen|deine arbeitgeber|chef|nachbarn
        wir werden … arbeitgeber|chef|nachbarn … informieren|benachrichtigen|kontaktieren|erzählen|anrufen
        veröffentlichen wir ihren|ihre|deinen|deine|ihr|dein … namen|foto|fotos|schulden|bild, wir|und veröffentlichen ihren|ihre|deinen|deine|ihr|dein … namen|foto|fotos|schulden|bild
        ihren|deinen namen veröffentlichen, öffentlich bloßstellen|anprangern, werden|wirst sie|du es|das bereuen, sie|du werden|wirst es|das bereuen, es bitter bereuen
        folgen spüren, konsequenzen tragen|spüren|rechnen, wir wissen wo sie|du wohnen|wohnst|arbeiten|arbeitest, wissen wo ihre|deine kinder|familie
        sonst kommen wir zu ihnen|dir|vorbei, schufa eintrag|melden, schufa … melden, pfänden|pfändung, zwangsräumung, landen|kommen sie|du im|ins gefängnis
    ",
    empty: "
        hallo hi guten tag morgen abend liebe lieber sehr geehrte geehrter gast gäste kunde kundin kunden sie ihr ihre ihren ihnen du
        dir dein deine deinen wir uns unser unsere ich es das dies diese dieser der die den dem ein eine einen einer für von vom zu
        zum zur mit und oder in im an am auf bei ist sind hat haben habe gibt wurde wurden werden kann können könnten bitte antworten antworte
        antwort lesen sehen ansehen prüfen öffnen klicken tippen kontaktieren kontakt rufen anrufen zurück zurückrufen
        schreiben erreichen versucht erreicht neue neues neuen neuer nachricht nachrichten mitteilung mitteilungen benachrichtigung
        benachrichtigungen meldung hinweis update aktualisierung aktualisiert information informationen info infos neuigkeiten
        etwas wichtig wichtige wichtiges dringend achtung hier jetzt heute link app webseite website seite konto profil details
        mehr erfahren darüber was dass sobald wie möglich vorliegen liegt
    ",
};
