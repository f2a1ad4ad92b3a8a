//! French.

use super::Words;

pub(super) const WORDS: Words = Words {
    language: "fr",
    strong: "
        # % de réduction|remise|rabais|moins|réductions|promo, # % offerts|moins, réduction|remise|rabais de # %
        remise|réduction|remises|réductions exceptionnelle|exceptionnelles|exclusive|exclusives|immédiate|spéciale|spéciales
        code|codes promo|promotionnel|promotionnels|réduction|avantage !que|utilisé, code|codes de réduction|remise|promotion !que|utilisé
        bon|bons de réduction, bon|bons plan|plans, coupon, coupons
        offre|offres spéciale|spéciales|exclusive|exclusives|limitée|limitées|exceptionnelle|exceptionnelles|unique
        offre|offres irrésistible|irrésistibles|promotionnelle|promotionnelles|flash|imbattable|imbattables|découverte
        offre|promotion valable, offres valables, promotion|promotions spéciale|spéciales|exclusive|exclusives|exceptionnelle|exceptionnelles
        meilleures|superbes|grandes offres|promotions|promos, nos offres|promotions|promos
        prix|tarif|tarifs cassés|cassé|imbattable|imbattables|exceptionnel|exceptionnels|réduit|réduits|promotionnel|promotionnels
        prix|tarif|tarifs exclusif|exclusifs|spécial|spéciaux|préférentiel|préférentiels|mini|doux
        durée limitée, temps limité, ce week end seulement|uniquement, dernière|dernières chance|chances|opportunité
        ne manquez|manque|ratez|rate pas cette|notre|nos|ces|ça|cela, ne manquez|ratez pas l'offre
        ne manquez|manque|ratez|rate pas l'occasion, à ne pas manquer|rater, achetez|achète|commandez maintenant|vite
        profitez|profite en|vite|maintenant, profitez|profite de # %, profitez|profite d'une offre|réduction|remise|promotion
        profitez|profite d'un tarif|rabais|prix, profitez|profite de nos|notre|cette|ces offre|offres|promotion|promotions|tarifs|soldes|remises|remise|réduction
        profitez|profite des soldes|promotions|offres|remises, les|des|grands soldes, soldes privés|monstres
        soldes d'été, soldes d'hiver, déstockage, liquidation totale, moitié prix, un|une _ acheté|achetée, pour le prix d'un, pour le prix d'une, pour le prix de #
        massage|soin|dessert|cocktail|verre|dîner offert|gratuit, # % sur votre|ton prochain|prochaine, # % sur tout|toute|tous|toutes
        # acheté|achetés|achetée|achetées, offert|offerte pour|dès tout|toute|l, nuit|nuits offerte|offertes|gratuite|gratuites
        cadeau|cadeaux offert|offerts|gratuit|gratuits|exclusif|exclusifs, jeu concours, tirage au sort, tentez votre|ta
        gagnez|gagne un|une|des|jusqu|votre, économisez|économise jusqu|maintenant|dès|plus|sur|#
        meilleur|meilleurs prix|tarif|tarifs, réservez|réserve maintenant|vite et|pour|avant|avec
        dans la limite des, dernières|derniers chambres|places|unités|exemplaires, parrainez|parraine
        vous nous manquez, tu nous manques, faites|fais vous|toi plaisir, offrez|offre vous|toi
        à partir de seulement, pour seulement, dès # ¤, points doublés|bonus|offerts, vente|ventes flash|privée|privées
        nouvelle collection, idée|idées cadeau|cadeaux
        nuit|nuits|dessert|desserts|massage|soin|soins|verre|cocktail|cocktails|champagne|apéritif|repas|menu|dîner|surclassement|entrée est|sont offert|offerte|offerts|offertes|gratuit|gratuite|gratuits
        mangent|mange|dînent|dorment|dort|séjournent|séjourne|entrent|skient gratuitement|gratuit|gratis, enfants gratuits, nuits et payez|payer en, la maison offre|vous, c'est nous qui, offert|offerte|offerts par la maison
        pour # ¤ au lieu, à # ¤ au lieu, moitié du prix, recommandez nous|notre à|et|hôtel, parraine un
        et recevez|gagnez|reçois|gagne # ¤, recevez|gagnez|obtenez|reçois # ¤ de crédit|remise|réduction|bonus, payez|payer|paie que la moitié, vous offrons|offre un|une|la|deux bon|nuit|remise|réduction|cadeau|massage|chèque|surclassement
        recevez|gagnez|obtenez|reçois un|une|votre bon|chèque|crédit|avoir|cadeau|surprise|remise|prime, bon|chèque d'achat, bon|chèque cadeau de # ¤
        surclassement|surclassements gratuit|gratuits|offert|offerts pour|aux|à|dès, à petit|tout prix
        dans votre|ton panier !repas|pique, votre|ton panier vous|t|est|attend|contient|expire, oublié|laissé|abandonné … panier
        finalisez|terminez|validez|finalise|termine votre|ton|vos|l achat|achats|panier, avant qu'ils ne partent|disparaissent, avant qu'elles ne partent|disparaissent, avant rupture, avant épuisement
        cumulez|cumule|collectez|gagnez|accumulez des|vos|de points, code _ et économisez, code _ et payez moins, voir|découvrir|profiter les|nos|des|de|la offres|promos|promotions|soldes|remises
        venez découvrir|fêter|vivre|célébrer, joyeux|joyeuse noël|anniversaire|pâques, joyeuses|bonnes|belles|heureuses fêtes|pâques
        bonne|heureuse|excellente|belle|merveilleuse année, bonne et heureuse, bon anniversaire|noël !de, meilleurs vœux, beau noël
    ",
    persuasive: "
        réservez|réserve maintenant|vite|dès, réservez|préparez votre|ton prochain|prochaine|prochaines
        ne manquez|ratez pas !votre|ton|le|la|l|leur, découvrez|découvre notre|nos
        profitez|profite de notre|nos nouveau|nouvelle|nouveaux|nouvelles, abonnez|abonne vous|toi
        inscrivez|inscris vous|toi, rejoignez|rejoins notre|le, devenez|deviens membre, surclassez|surclasse
        laissez|laisse vous|toi tenter|séduire, craquez|craque pour, envie d'un, envie d'une, venez découvrir|profiter|goûter
        dépêchez|dépêche vous|toi, revenez|reviens et, offrez, pourquoi ne pas, gâtez|gâte, choyez
        aujourd'hui seulement|uniquement, seulement aujourd'hui, uniquement aujourd'hui, à partir de # ¤, seulement # ¤
        # ¤ seulement, jusqu'à # % !du|de|des, ce soir seulement|uniquement, avant qu'il soit trop, un|une _ offert|offerte
        notez nous, revenez|reviens cet|cette|ce|en|bientôt|profiter, commandez encore|à nouveau, amenez|amène un ami|une, très bon|bon prix, est|sont offert|offerte|offerts|offertes
    ",
    weak: "
        promotion, promotions, promo, promos, promotionnel|promotionnelle|promotionnels|promotionnelles, réduction, réductions
        remise !des|de|du|en|à, remises, rabais, soldes, exclusif|exclusive|exclusifs|exclusives, exclusivité
        notre|cette offre, bonne|bonnes affaire|affaires, pas cher, carte|chèque cadeau, programme de fidélité
        points de fidélité, cadeau, escapade|escapades, nouveautés, surclassement gratuit|offert, places limitées, concours
        club privilège
        au lieu de # ¤, bon|avoir de # ¤
    ",
    own: "
        commande|commandes|achat|colis|réservation … black|cyber friday|monday … a|est|ont|été|sera|arrive|arrivera|arrivé|partie|parti … expédiée|expédié|annulée|annulé|livrée|livré|confirmée|confirmé|remboursée|remboursé|reçue|reçu|prête|prêt|route|retournée|payée|partie
        commande|commandes|achat|colis|réservation … black|cyber friday|monday arrive|arrivera
        avons … commande|achat|réservation … black|cyber friday|monday
        commande|commandes|achat|colis|réservation … des|aux|pendant … soldes … a|est|ont|été|sera|arrive|arrivera|partie|parti … expédiée|expédié|annulée|annulé|livrée|livré|confirmée|confirmé|remboursée|remboursé|reçue|reçu|prête|prêt|route|retournée|payée|partie
        commande|commandes|achat|colis|réservation … des|aux|pendant … soldes d été|hiver … a|est|ont|été|sera|arrive|arrivera|partie|parti … expédiée|expédié|annulée|annulé|livrée|livré|confirmée|confirmé|remboursée|remboursé|reçue|reçu|prête|prêt|route|retournée|payée|partie
        facture|remboursement|retour|reçu|paiement|question … commande|achat … black|cyber friday|monday
    ",
    next_purchase: "
        prochain|futur achat, prochaine|future commande, prochains|futurs achats, prochaines commandes, prochaine fois que vous|tu achetez|commandez|achètes|commandes
    ",
    transaction: "
        réserv*, séjour|séjours, commande*, rendez vous, demande*, message*, question*, facture*, reçu*, paiement*, payé*
        règlement, check in|out, arrivée|arriver|arrivé|arrivez, départ, chambre|chambres, table, billet*, livraison*, livr*
        compte, visite*, écrit|écrivez|écrire, contact*, demandé, bagage*, transfert*, navette, rembours*, contrat*, colis
        abonnement*, conversation, discussion, réunion, vol|vols, soin|soins, location*, répond*, réponse*, réparation*
        réclamation*, clé|clés, taxi, devis, appel, dossier, service*, séance, cours, achat, annul*, document*, maintenance
        coupure, sécurité, avis, suivi
    ",
    opt_out: "
        stop, désabonn*, désinscri*, ne plus, pas intéressé|intéressée, arrêter, refuser
    ",
    secrets: "
        numéro|numéros|coordonnées|données|chiffres … carte|compte|passeport|identité|permis|cb|sécurité
        informations|infos … carte|passeport, photo|photos|copie|copies|scan … passeport|identité|permis|carte|pièce
        coordonnées|données|informations bancaires, votre|ton mot de passe, mot de passe … banque|compte|messagerie|mail|actuel
        code secret|pin|confidentiel, votre|ton code bancaire|cvv|cvc, code … vérification|sécurité|confirmation
        cryptogramme, sécurité sociale, compte bancaire, rib, pièce d'identité, carte d'identité
        carte bancaire|bleue !sur|à|au|est|sera|acceptée
        mot|mots de passe … carte|profil|banque|connexion, identifiants, identifiant et mot, code … carte|cartes|bancaire !cadeau|d, pin … carte|compte|téléphone, question|réponse secrète
    ",
    requests: "
        envoyez|envoie|envoyer|transmettez|transmets|transmettre|adressez|renvoyez, répondez|réponds|répondre avec|à|en|par
        partagez|partage|partager, fournissez|fournis|fournir, indiquez|indique|indiquer, donnez|donne|donner
        communiquez|communique|communiquer, dites|dis nous, écrivez|écris, confirmez|confirme|confirmer
        vérifiez|vérifie|vérifier, saisissez|saisis|entrez|entre|saisir, avons besoin, faut nous, il nous faut
        mettez à jour, joignez
    ",
    harmless: "
        jamais, ne partagez|communiquez|demandons|demanderons|demande|transmettez|donnez|envoyez|nous|vous|sera|sont
        n'envoyez pas, n'est pas, sans, munir, munissez|apportez|présentez|présenter|montrez|montrer|apporter|présente
        sous la main, réseau, internet, porte|portes, clavier, digicode, entrée, serrure, coffre, clé|clés, boîte, parking
        garage, derniers|dernières quatre|4|chiffres|trois, vous enverrons|communiquerons|transmettrons|donnerons|envoyons
        a été, avons envoyé|reçu, reçu|reçue, à la réception, fraude*
        à personne, réinitialisez|réinitialiser|modifiez|modifier|changez|changer|oublié votre|le|ton|un mot|code
    ",
    threats: "
        poursuites|actions|mesures|procédure|procédures judiciaires|judiciaire|pénales|légales contre|seront|à|engagées|sera
        engagerons|engager|entamerons|entamer|intenterons|intenter|prendrons|lancerons des|une|les … poursuites|recours
        engagerons|engager|entamerons|entamer|intenterons|intenter|prendrons|lancerons des|une|les action|actions|mesures|procédure|procédures légales|légale|judiciaires|judiciaire|pénale|pénales
        nous vous poursuivrons|attaquerons|dénoncerons|traînerons, action|actions|procédure|poursuivi|poursuivie|poursuivrons en justice, saisirons le|la tribunal|justice
        tribunal contre vous, porterons plainte, plainte contre vous, huissier|huissiers … viendra|viendront|passera|saisira|envoyé|envoyer|envoyons, irez en prison
        préviendrons|informerons|avertirons|contacterons|appellerons votre|vos|ton|tes employeur|patron|voisins, allons prévenir|informer|avertir|contacter|appeler votre|vos|ton|tes employeur|patron|voisins
        dirons|raconterons … à votre|vos|tout|tous famille|amis|proches|voisins|employeur|le
        publierons|diffuserons|divulguerons|révélerons votre|vos|ton|tes nom|dette|dettes|photo|photos, publier|diffuser votre|vos|ton|tes nom|dette|dettes|photo|photos
        vous|tu le regretterez|regretteras, allez le regretter, subirez|subir les conséquences, assumer les conséquences, savons où vous|tu habitez|vivez|travaillez|habites
        à un|une|notre société|agence|cabinet|service de recouvrement, au service|cabinet de recouvrement, recouvrement forcé, à un|nos|notre avocat|avocats|huissier|huissiers
        saisir vos biens|salaires, saisie de vos|votre, fichier|liste des mauvais
    ",
    empty: "
        bonjour bonsoir salut cher chère chers client cliente clients madame monsieur vous tu votre vos ton ta tes nous notre nos je le la
        les l un une des de du d au aux en dans avec par pour sur et ou que qu qui si il y a c ce cette ces est sont ont avons avez été
        quelque chose nouveau nouvelle nouveaux nouvelles message messages notification notifications alerte mise à jour
        information informations info infos actualité actualités important importante importantes urgent attention ici maintenant
        aujourd hui répondez répondre réponds lisez lire voir voyez consultez consulter vérifiez vérifier ouvrez ouvrir cliquez
        plaît lien application appli app site web page compte profil détails plus savoir contactez appelez rappelez écrivez essayé tenté joindre
        contacter dès possible bientôt veuillez prie s n
    ",
};
