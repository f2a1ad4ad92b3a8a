//! English.

use super::Words;

pub(super) const WORDS: Words = Words {
    language: "en",
    strong: "
        # % discount|discounts|savings|cheaper|reduction, # percent off|discount, discount of # %
        # off your|any|all|the|every|selected, ¤ # off|discount, # ¤ off|discount, half price, half off, for the price of one|two|1|2, # % on everything|all, # % on your|any next
        discount|coupon|promo|promotional|promotion code|codes !you|that|was|used|applied, coupon, coupons, discount on your|all|any|every|our
        discounts on, discounted rate|rates|price|prices|stay|stays|room|rooms|packages
        special|exclusive|limited|amazing|unbeatable|incredible|great|best|hot|fantastic|irresistible|seasonal|unmissable offer|offers|deal|deals|promotion|promotions|discount|discounts|sale|sales
        members|member|summer|winter|spring|autumn|fall|christmas|holiday|weekend|welcome|easter offer|offers|deal|deals|promotion|promotions|discount|discounts|sale|sales
        special|exclusive price|prices|rate|rates|package|packages, limited time, for one day only
        this week|weekend|month only, offer|offers|promotion|deal|sale end|ends|expire|expires|starts
        offer|promotion valid, last chance !to, don't miss out|this|our|these|any|it, dont miss out|this|our
        do not miss out|this|our|these|any|it, never miss a deal|sale
        buy|order|shop now, buy|shop today|online, shop our|the new, book now|today and|to|while|before|for
        act now|fast|today, hurry up, big|mega|annual|clearance|huge|biggest sale, on sale, sale now|is on
        while stocks|supplies|stock last|lasts, buy one|1 get, buy # get, get one|1 free, 2|two for 1|one, 3|three for 2|two
        free gift|gifts|night|nights|trial|sample|samples|drink|drinks|dessert|massage|cocktail|voucher, free with every
        enter to win, chance to win, win a|an|one|our|free|amazing|up, giveaway, prize draw, lucky draw|winner
        sweepstake, sweepstakes, save up to, save # %, save ¤ #, save # ¤, save big|money|more|now
        save on your|our|all|selected|every, lowest|unbeatable|best price|prices|rates|rate, early bird offer|offers|rate|rates|price|prices|discount|discounts|deal|deals
        double|bonus|extra points, refer a|your friend|friends, new collection|arrivals, treat yourself
        perfect gift, we miss you, we've missed you !at, we have missed you !at
        for|from|at only|just ¤ #, for|from|at only|just # ¤
        only # rooms|room|places|spots|seats|tables left|remaining, earn|collect|win # points
        introductory price|rate, price|prices drop|slashed|reduced|cut, tell your friends, upgrade and save
        selling|sells fast, selling out
        half the price, half of the price, is|are on us, drinks|drink|dessert|breakfast|dinner|lunch|coffee on us|the house, eat|eats free, kids|children stay|go|ski|swim free
        bring a friend next|and|along|for, bring your friends next|and, recommend us to|and, refer us, nights and|only pay for, tell a friend, voucher|gift for your next, both get|receive|save|earn
        get|receive|earn|claim|win|collect|enjoy a|an|your # ¤ voucher|credit|reward|bonus|gift|discount|coupon
        get|receive|earn|claim|win|collect|enjoy a|an|your ¤ # voucher|credit|reward|bonus|gift|discount|coupon
        get|receive|earn|claim|win|collect # ¤ in|off|credit|bonus, get|receive|earn|claim|win|collect ¤ # in|off|credit|bonus
        and receive|get|win|claim a|an|your|our gift|voucher|reward|surprise|present|bonus|coupon
        get|receive|claim|enjoy|win|earn|gets|enjoys complimentary|free upgrade|upgrades|night|nights|access
        get|receive|claim|enjoy|win|earn a|an|your complimentary|free upgrade|night|drink|dessert|massage|breakfast|cocktail|gift
        book now at|from|for|from|only, cheapest|lowest ever, was # ¤ now, was ¤ # now, instead of # ¤ only|just|now, instead of ¤ # only|just|now
        free of charge when|if|with|for every, complimentary with every
        in your shopping|online cart|basket|bag, in your cart|basket, your cart is|are|still|has|misses, your basket|bag is waiting|still|full, your shopping cart|basket|bag is|has
        finish|complete your purchase|checkout before|now|today, before they|it|these|the … are|is|re|s gone
        before they|it|these sell|sells|run|runs out, code _ and save, code _ and pay less, collect|earn points on|with|for|every|each
        shop the|this sale|deals|offers|collection|range|look, see|view|browse|check the|our|all sale|deals|offers, come and discover|explore|celebrate|experience
        best|finest _ in town, is|are on the house
        merry|blessed|joyful|happy christmas|xmas !gala|party|dinner|menu|package|brunch|market
        happy|prosperous new year !s|gala|party|dinner|menu|package|brunch, happy holidays|easter|thanksgiving|diwali|hanukkah !gala|party|dinner|menu|package|brunch
        happy birthday|anniversary !cake|cakes|party|dinner|card|cards|package|menu|balloon|balloons|decoration
        wish|wishing you … christmas|xmas|easter|birthday, season's greetings, compliments of the season
    ",
    persuasive: "
        hurry, book now|today|direct|directly, book your next|dream, book again, today only, only today, tonight|evening only, early bird
        don't miss !your|the|a|his|her|their|its|us|you|out|this|our, do not miss !your|the|a|its|us|you|out|this|our
        discover|explore|try|enjoy|see|check|taste our new|latest|range|collection|selection|amazing|exclusive|fantastic
        discover|explore our, introducing our, upgrade your room|stay|suite|experience|trip|visit|holiday
        upgrade now|today, join our|the club|loyalty|programme|program|community, sign up, subscribe, become a member
        indulge, pamper, spoil yourself|your, grab your|yours|it, get yours, visit our shop|store|boutique
        plan your next, reserve|secure your spot|place now|today, why not add|try|treat|book|upgrade
        come back and, been a while, only|just ¤ #, only|just # ¤, up to # % !of, tempted
        redeem your|them|it, before it's too late, before it is too late, last chance to
        order|stay|visit again this|next|and|soon, join today|now, rate|review us … stars, when you book, if you book before|by|now|today
        bring a friend, great|amazing|fantastic price|prices|value, complimentary upgrade|upgrades
    ",
    weak: "
        discount, discounts, discounted, promotion, promotions, promotional, promo, bargain, bargains
        cheap, cheaper, cheapest, our|latest|new|these|more offers|offer|deals|deal !of|you|a, today's offers|deals
        an|the|this offer !of|was|has|is|you|from|letter, offers for|just|exclusively
        deals, sale !of|and|is|was|contract|agreement, exclusive !use, exclusively, free upgrade|upgrades
        gift card|cards, gift voucher|vouchers, voucher|referral code|codes
        loyalty programme|program|club|points, earn|collect points, rewards, getaway, prize, prizes, competition
        bestseller|bestsellers, special treat, package deal, new menu
        limited places|rooms|availability|spaces|seats, best value, last few|remaining rooms|places|seats
        on the house, in credit, free night|nights
    ",
    own: "
        member|members|loyalty discount has|was been|now applied|deducted, discount has|was been|now applied|deducted
        black|cyber friday|monday|week … order|orders|purchase|purchases|booking|bookings|parcel|package … is|was|were|are|has|have|been … shipped|sent|dispatched|delivered|cancelled|canceled|refunded|confirmed|received|returned|paid|packed|delayed|changed|ready|complete|completed|processed|on
        black|cyber friday|monday|week … order|orders|purchase|booking|parcel|package arrives|arrived|left|ships|shipped
        shipped|sent|dispatched|delivered|cancelled|canceled|refunded|confirmed|received|processed your|the black|cyber friday|monday|week order|orders|purchase|booking|parcel|package
        refund|refunded|return|invoice|receipt|payment|delivery|tracking|question|questions|parcel|items|item … black|cyber friday|monday|week order|orders|purchase|booking
        order|orders|purchase|booking|items|item|parcel … from|in|during our|the … friday|monday|sale … is|was|were|are|has|have|been … shipped|sent|dispatched|delivered|cancelled|canceled|refunded|confirmed|received|returned|paid|packed|delayed|changed|ready|complete|completed|processed|on
        order|orders|purchase|booking|items|item|parcel … from|in|during our|the … friday|monday|sale arrives|arrived|left|ships|shipped
        shipped|sent|dispatched|delivered|cancelled|canceled|refunded|confirmed|received|processed … order|orders|purchase|booking|items|item from|in|during our|the … friday|monday|sale
    ",
    next_purchase: "
        next|future order|orders|purchase|purchases|shop|shopping|buy
        next time you order|shop|buy|purchase|book, order|shop|buy|book with us again|next
    ",
    transaction: "
        book*, reserv*, stay|stays, order|orders|ordered, appointment*, request*, message|messages, question*
        enquir*, inquir*, invoice*, receipt*, payment*, paid, bill|bills, check in|out|ins|outs, checkin, checkout
        arriv*, depart*, room|rooms, table, ticket*, deliver*, account, visit*, wrote, written, asked, contacted, called
        luggage, transfer*, shuttle, refund*, contract, parcel*, package, subscription*, conversation, chat, meeting
        flight*, treatment*, rental*, repl*, answer*, repair*, complaint*, issue, key|keys, taxi, feedback, quote
        callback, case, get|getting back, service, session, lesson, class, item, cancel*, document*, form
        maintenance, water, power, evacuat*, safety
    ",
    opt_out: "
        stop, unsubscribe, opt out|ed, no more messages|offers, not interested, not receive|want|wish
        don't want|wish, no longer, fewer messages, end messages, remove me
    ",
    secrets: "
        card number|numbers|details|info|information|data, card's number
        number|numbers|digits|details|copy|scan|photo|picture|image|photos|pictures|sides … card|passport|passports|licence|license|id|ids|identity|account
        credit|debit|bank card !at|on|is|was|will|has|machine|terminal|payment, security|sort code, pin code|number
        your … password|passwords|passcode|pin !drop|on|in|from, full|account|current|bank pin
        social security, ssn, passport|id|identity|identification|licence|license|account number|numbers|scan|photo|copy|details|data
        national|tax|citizen|personal id|identity|identification number|card, national|tax id, national insurance
        bank account|details|login|information, login credentials, verification|authentication|otp|confirmation code
        one time code|password, full card
        password|passwords|passcode|pin of|for|to … account|accounts|profile|bank|banking|card|email|mailbox|phone
        account|bank|banking|email|login|user|current|old|online password|passwords|passcode, username and password, password and username
        answer to your security|secret, security|secret answer, mother's maiden name
    ",
    requests: "
        send|sending, reply|replying|respond|answer with|by|including, share|sharing, provide|providing, give|giving us
        tell us|me, text|message|email|dm us, forward, submit, confirm, verify, enter, type, write|writing
        we|hotel|reception|staff|team need|needs|require|requires, we'll need|require, we will need|require
        update, let us|me know, fill in|out, state, supply, leave us, include
    ",
    harmless: "
        never, do|does|will|should|must|can not, don't, won't, can't, dont, cannot, no need, without
        bring|show|present|carry, ready, network, internet, router, door|doors, keypad, entrance, gate, lock, safe
        keybox, key, lift, elevator, parking, garage, luggage, locker, last|final four|4|three|digits
        we|will|have|ve send|sent|share|give|text|email|message, ll send|share|give|text, send|sent|sending|give|email you
        was|were|been|is sent|updated|confirmed|changed|verified|received, have updated|confirmed|changed|verified|received
        has been, when you|we arrive, at the desk|reception|counter, beware, suspicious, fraud*, scam*
        reset|resetting|change|changing|forgot|forgotten|renew|choose|protect|keep your|the|a … password|passcode|pin
        nobody, no one, anyone, anybody
    ",
    threats: "
        we will|ll|shall|may|must|can take|start|begin|initiate|pursue|file legal|court|judicial action|actions|steps|proceedings|measures
        forced|have|obliged|had|need to take|start|begin|initiate|pursue legal|court action|actions|steps|proceedings
        legal action|actions|steps|proceedings|measures against you, legal action|actions|steps|proceedings will follow|be
        take you to court !#|number, see you in court !#|number, sue you, we will|ll|shall prosecute, lawsuit against you
        or our lawyers|lawyer|attorney|attorneys|solicitors|solicitor will, hear from our lawyers|lawyer|attorney|attorneys|solicitors|solicitor, to our lawyers|lawyer|attorney|attorneys|solicitors|solicitor
        you will|ll be sued|prosecuted|arrested|jailed|evicted|punished|blacklisted, you will|ll go to jail|prison
        warrant for your arrest, report you to the, call the police on you, we will|ll|shall evict
        we will|ll|shall|must tell|inform|notify|call|contact your … employer|boss|neighbours|neighbors
        we will|ll|shall tell your … family|parents|friends|relatives|wife|husband, we will|ll|shall tell everyone|everybody that|about|you
        will|ll|shall|and|or publish|expose|reveal your name|photo|photos|picture|pictures|debt|debts|secret|secrets
        will|ll post your name|photo|photos|picture|pictures|debt|debts online|publicly|on, we will|ll|shall shame|expose you
        publicly shame|shamed|shaming, name and shame, blacklist you, you will|ll regret, you will|ll soon|really|deeply regret
        suffer the consequences, face … consequences|prosecution, there will be consequences
        or we|i will|ll hurt|kill|destroy|ruin|find, we know where you live|work|sleep, know where your children|kids|family|wife|husband|parents
        come after you, hunt you down, to … collection|collections agency|agencies|company|bureau, to debt collection|collectors
        hand|pass|send|give|refer|transfer|turn|sell|handed|passed|sent|referred|transferred|turned|sold … to … collections|collectors|collector|bailiff|bailiffs
        bailiff|bailiffs will, debt collector|collectors will, seize|repossess|garnish your
    ",
    empty: "
        hello hi hey dear there guest guests customer customers client sir madam all everyone friend good morning afternoon evening
        you your yours we us our i me it this that these those the a an have has had got is are was were been be for of to in on at
        with and or as if when can could will would may please kindly reply replies answer respond read see view check look open
        click tap press contact call back write reach reached tried trying new another message messages notification
        notifications notice notices alert update updates updated information info news something anything important urgent
        attention here now today link app application website web site page account profile details more find out learn about
        what so soon possible asap m s t ve re ll d by from below above
    ",
};
