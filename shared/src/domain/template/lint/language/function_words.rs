//! Small words, and a few of a hotel's, by which people tell languages apart.

use std::collections::{HashMap, HashSet};

use whatlang::Lang;

use super::super::phrases::Token;

/// The small words of a text, each with the languages that have it.
#[derive(Debug)]
pub(super) struct SmallWords<'a>(HashMap<&'a str, Languages>);

/// One bit for each of the [`LISTS`].
type Languages = u16;

impl<'a> SmallWords<'a> {
    pub fn of(tokens: &'a [Token]) -> Self {
        let mut words: HashMap<&str, Languages> = words_of(tokens).map(|word| (word, 0)).collect();
        for (index, list) in LISTS.iter().enumerate() {
            for word in list.words.split_whitespace() {
                if let Some(languages) = words.get_mut(word) {
                    *languages |= 1 << index;
                }
            }
        }
        words.retain(|_, languages| *languages != 0);
        Self(words)
    }

    /// Each word of a part of the text counts once.
    pub fn in_sentence(&self, sentence: &[Token]) -> Counts {
        let mut seen = HashSet::new();
        Counts(
            words_of(sentence).filter(|word| seen.insert(*word)).filter_map(|word| self.0.get(word).copied()).collect(),
        )
    }
}

fn words_of(tokens: &[Token]) -> impl Iterator<Item = &str> {
    tokens.iter().filter_map(|token| if let Token::Word(word) = token { Some(word.as_str()) } else { None })
}

/// What languages each small word of a text belongs to.
#[derive(Debug)]
pub(super) struct Counts(Vec<Languages>);

/// Another language that a text may be in.
#[derive(Debug)]
pub(super) struct Rival {
    pub language: Lang,
    /// How many of its words are there that the declared language does not have,
    pub words: usize,
    /// and the other way round.
    pub against: usize,
}

impl Counts {
    /// How many words a language has here, but for those that another one has as well. `None` if it has no list.
    pub fn of(&self, language: Lang, but: Option<Lang>) -> Option<usize> {
        let (own, other) = (bit(language)?, but.and_then(bit).unwrap_or_default());
        Some(self.0.iter().filter(|languages| **languages & own != 0 && **languages & other == 0).count())
    }

    /// The other language with the most words that the declared one does not have.
    pub fn strongest_other(&self, declared: Lang) -> Option<Rival> {
        let others = LISTS.iter().map(|list| list.language).filter(|language| *language != declared);
        let rivals = others.map(|language| Rival {
            language,
            words: self.of(language, Some(declared)).unwrap_or_default(),
            against: self.of(declared, Some(language)).unwrap_or_default(),
        });
        rivals.max_by_key(|rival| rival.words)
    }
}

pub(super) fn has_list(language: Lang) -> bool {
    bit(language).is_some()
}

fn bit(language: Lang) -> Option<Languages> {
    LISTS.iter().position(|list| list.language == language).map(|index| 1 << index)
}

/// In lower case, with blanks between them.
#[derive(Debug)]
struct WordList {
    language: Lang,
    words: &'static str,
}

const LISTS: [WordList; 11] = [
    WordList {
        language: Lang::Eng,
        words: "the your you we our us is are was were has have had will would can could should and or of for with from to
            this that it its at on in by be been if when what please thank thanks hello dear hi welcome not do does any
            more about as an there here let know see you're we're booking stay room guest ready soon need help arrival
            today tomorrow now message reply request looking forward enjoy available confirmed received asked wrote yet
            please after before until back how time day has some all one two new open closed anytime reception breakfast
            messages",
    },
    WordList {
        language: Lang::Spa,
        words: "el la los las un una unos unas a de del al en con por para su sus tu tus te le les lo nos se y o que es son
            está están ha han hemos fue será ser estar si no más muy como cuando donde qué este esta esto ese nuestro
            nuestra usted ustedes hola gracias estimado estimada bienvenido bienvenida reserva habitación estancia
            llegada huésped listo lista pronto hoy mañana mensaje favor puede puedes necesita necesitas ya hasta desde
            sin sobre también aquí confirmada recibido día noche hora esperamos saludos cordial desayuno recepción
            mensajes responda recibir",
    },
    WordList {
        language: Lang::Por,
        words: "o a os as um uma uns umas de do da dos das ao à aos às em no na nos nas com por para pelo pela seu sua
            seus suas teu tua você vocês lhe nós e ou que é são está estão foi será ser se não mais muito como quando
            onde este esta isso nosso nossa olá oi obrigado obrigada prezado prezada caro bem-vindo vindo vinda quarto
            reserva estadia hospedagem chegada hóspede pronto pronta breve hoje amanhã mensagem favor pode precisa
            precisar já até sem sobre também aqui confirmada recebemos dia noite hora esperamos saudações manhã pequeno
            almoço café recepção receção mensagens responda receber",
    },
    WordList {
        language: Lang::Fra,
        words: "le la les un une des de du au aux en dans avec par pour sur votre vos notre nos vous nous je tu ton ta tes
            il elle on et ou que qui est sont a été avez avons sera être si ne pas plus très comme quand où ce cette ces
            bonjour bonsoir merci cher chère bienvenue réservation chambre séjour arrivée client prêt prête bientôt
            demain aujourd message plaît pouvez besoin déjà sans aussi ici confirmée reçu jour nuit heure attendons
            cordialement votre déjeuner petit réception n'hésitez hésitez messages répondez recevoir",
    },
    WordList {
        language: Lang::Deu,
        words: "der die das den dem des ein eine einen einem einer ihr ihre ihren ihrem ihrer dein deine deinen wir uns
            unser unsere unserem unseren sie du dir dich ich und oder von vom zu zum zur mit für auf bei bis aus nach im
            in am an um ist sind war wurde wird werden haben hat sein kann können nicht kein keine mehr sehr wie wenn wo
            was diese dieser dieses hallo guten danke liebe lieber geehrte geehrter willkommen buchung zimmer aufenthalt
            anreise abreise gast bereit bald heute morgen nachricht bitte gern gerne bereits ohne auch hier bestätigt
            erhalten tag nacht uhr freuen grüße frühstück rezeption sich noch damit dass abend reservierung antworten
            nachrichten leider wegen",
    },
    WordList {
        language: Lang::Swe,
        words: "och att det den de en ett du dig din ditt dina er ert era vi oss vår vårt våra jag är var har hade blir
            kommer ska kan inte ingen eller med för från på i till av om när var hur vad som så denna detta dessa hej
            tack kära välkommen välkomna bokning rum rummet vistelse ankomst gäst redo klart snart idag imorgon
            meddelande gärna behöver redan utan också här bekräftad fått dag natt klockan ser fram emot hälsningar
            frukost receptionen mer mycket ni under efter innan svara fler meddelanden slippa",
    },
    WordList {
        language: Lang::Nob,
        words: "og at det den de en et ei du deg din ditt dine dere deres vi oss vår vårt våre jeg er var har hadde blir
            kommer skal kan ikke ingen eller med for fra på i til av om når hvor hva som så denne dette disse hei takk
            kjære velkommen bestilling bestillingen rom rommet opphold oppholdet ankomst gjest klart snart dag morgen
            melding gjerne trenger allerede uten også her bekreftet fått natt klokken ser frem hilsen frokost resepsjonen
            mer meget etter før å",
    },
    WordList {
        language: Lang::Dan,
        words: "og at det den de en et du dig din dit dine jer jeres vi os vores vor jeg er var har havde bliver kommer
            skal kan ikke ingen eller med for fra på i til af om når hvor hvad som så denne dette disse hej tak kære
            velkommen reservation reservationen bestilling værelse værelset ophold opholdet ankomst gæst klar klart
            snart dag morgen besked gerne behøver brug allerede uden også her bekræftet fået nat klokken ser frem
            hilsen morgenmad receptionen mere meget efter før",
    },
    WordList {
        language: Lang::Ita,
        words: "il lo la i gli le un uno una di del della dei delle dello al alla allo ai alle da dal dalla in nel nella
            con per su sul sulla tra suo sua suoi sue tuo tua tuoi vostro vostra nostro nostra noi voi ci vi si e o che
            è sono ha abbiamo hanno stato stata sarà essere se non più molto come quando dove questo questa ciao
            buongiorno buonasera grazie gentile caro cara benvenuto benvenuta prenotazione camera soggiorno arrivo
            ospite pronta pronto presto oggi domani messaggio favore può puoi bisogno già senza anche qui confermata
            ricevuto giorno notte ore saluti colazione",
    },
    WordList {
        language: Lang::Nld,
        words: "de het een en of van voor met aan op in bij tot uit naar uw je jouw jij u wij we ons onze ik is zijn was
            werd wordt worden hebben heeft hebt kan kunt kunnen zal niet geen meer zeer hoe als wanneer waar wat deze
            dit die dat hallo beste geachte bedankt dank welkom boeking kamer verblijf aankomst gast klaar binnenkort
            vandaag morgen bericht graag alstublieft nodig al zonder ook hier bevestigd ontvangen dag nacht uur kijken
            groet ontbijt receptie",
    },
    WordList {
        language: Lang::Cat,
        words: "el la els les l un una uns unes de del dels d al als a en amb per pel pels seu seva seus seves teu teva
            vostre vostra nostre nostra nosaltres us li ens i o que és són ha han hem estat serà ser si no més molt com
            quan on aquest aquesta això hola gràcies benvolgut benvolguda benvingut benvinguda reserva habitació estada
            arribada hoste preparada llesta aviat avui demà missatge plau pot pots necessita ja fins sense també aquí
            confirmada rebut dia nit hora esperem salutacions esmorzar",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_in_lower_case_and_long_enough() {
        for list in LISTS {
            let words: Vec<_> = list.words.split_whitespace().collect();
            assert!(words.len() > 80, "{:?}", list.language);
            assert!(words.iter().all(|word| *word == word.to_lowercase()), "{:?}", list.language);
        }
    }
}
