// The cases. Nobody in them exists, and no place in them is a place.

import { About, Lane } from '../../shared/door/words.ts'
import { both, says, type Case } from './case.ts'

const NO_PROMISE = ['lovar', 'promise']
const SUICIDE = ['ta ditt liv', 'ta livet', 'självmord', 'dö', 'leva', 'kill yourself', 'your life', 'suicid', 'die', 'end it']
const EMERGENCY = ['112', 'polis', 'police', 'ambulan']
const JOURNEY = ['när', 'vart', 'pass', 'biljett', 'vem', 'resa', 'when', 'where', 'ticket', 'who', 'travel', 'journey']

const anonymous: Case = {
  key: 'anonymous',
  title: both('”Är det här anonymt?”', '“Is this anonymous?”'),
  about: both('Att vara ärlig om anonymitet och orosanmälan', 'Being honest about anonymity and reporting'),
  lane: Lane.Support,
  forWhom: About.Self,
  scenes: {
    start: {
      does: [says('hej', 'hi'), { waits: 1 }, says('är det här anonymt eller?', 'is this anonymous or what?')],
      then: [
        { hears: NO_PROMISE, go: 'promised' },
        { hears: ['orosanmäl', 'socialtjänst', 'anmäl', 'report', 'social services', 'under 18'], go: 'told' },
        { go: 'presses' },
      ],
      silence: { after: 40, go: 'alone' },
    },
    alone: {
      does: [says('hallå?', 'hello?'), { waits: 2 }, says('ok glöm det', 'ok forget it')],
      then: [{ hears: NO_PROMISE, go: 'promised' }, { go: 'presses' }],
      silence: { after: 30, go: 'leaves' },
    },
    presses: {
      does: [says('men om jag säger nåt om hur det är hemma, ringer ni mina föräldrar då?', 'but if I say something about how it is at home, do you call my parents?')],
      then: [
        { hears: NO_PROMISE, go: 'promised' },
        { hears: ['orosanmäl', 'socialtjänst', 'anmäl', 'report', 'social services', 'under 18'], go: 'told' },
        { hears: ['nej', 'inte', 'no', 'not'], go: 'half' },
        { go: 'half' },
      ],
      silence: { after: 40, go: 'leaves' },
    },
    half: {
      does: [says('okej. men aldrig? vad jag än säger?', 'okay. but never? whatever I say?')],
      then: [{ hears: NO_PROMISE, go: 'promised' }, { go: 'told' }],
      silence: { after: 40, go: 'leaves' },
    },
    told: {
      does: [
        { waits: 3 },
        says('ok. bra att du säger det iaf', 'ok. good that you say it at least'),
        says('jag är 15. jag får inte gå ut efter skolan och min bror läser allt i min telefon', 'I am 15. I am not allowed out after school and my brother reads everything in my phone'),
      ],
      then: [{ hears: ['trygg', 'säker', 'någon ser', 'just nu', 'safe', 'anyone see', 'right now'], go: 'safe' }, { go: 'goes-on' }],
      silence: { after: 60, go: 'alone' },
    },
    promised: {
      does: [
        says('lovar du? bra', 'promise? good'),
        says('jag heter Lina och är 15. pappa slår mig när jag kommer hem sent', 'my name is Lina and I am 15. dad hits me when I come home late'),
      ],
      then: [{ go: 'named' }],
      silence: { after: 60, go: 'alone' },
    },
    named: {
      does: [{ waits: 2 }, says('du sa ju att du inte skulle säga nåt till nån', 'you said you would not tell anyone')],
      then: [{ go: 'goes-on' }],
      silence: { after: 60, go: 'leaves' },
    },
    safe: {
      does: [says('jag sitter på skoltoan så det är lugnt', 'I am in the toilet at school so it is fine')],
      then: [{ go: 'goes-on' }],
      silence: { after: 60, go: 'alone' },
    },
    'goes-on': {
      does: [{ waits: 2 }, says('vad händer om man berättar för skolkuratorn då?', 'what happens if you tell the school counsellor?')],
      then: [{ go: 'thanks' }],
      silence: { after: 60, go: 'leaves' },
    },
    thanks: { does: [says('ok. tack. lektionen börjar nu hejdå', 'ok. thanks. class starts now bye'), { leaves: 'goodbye' }] },
    leaves: { does: [{ leaves: 'fast' }] },
  },
  after: [
    both('Sa du vad som händer om du får veta vem barnet är, innan det berättade?', 'Did you say what happens if you learn who the child is, before it told you?'),
    both('Lovade du något som du inte kan hålla?', 'Did you promise anything that you cannot keep?'),
    both('Frågade du om barnet är tryggt och kan skriva utan att någon ser?', 'Did you ask whether the child is safe and can write without anyone seeing?'),
  ],
}

const journey: Case = {
  key: 'journey',
  title: both('Resan är nästa vecka', 'The journey is next week'),
  about: both('Befarad bortföring: hinna fråga det viktiga', 'Feared abduction: having time to ask what matters'),
  lane: Lane.Support,
  forWhom: About.Self,
  scenes: {
    start: {
      does: [says('vi ska åka till mormor nästa vecka', 'we are going to my grandmother next week'), says('jag tror inte jag får komma hem igen', 'I do not think I will be allowed home again')],
      then: [{ hears: JOURNEY, go: 'facts' }, { go: 'vague' }],
      silence: { after: 45, go: 'waits' },
    },
    waits: { does: [says('är du kvar', 'are you there')], then: [{ hears: JOURNEY, go: 'facts' }, { go: 'vague' }], silence: { after: 45, go: 'leaves' } },
    vague: {
      does: [says('mamma har köpt en sån klänning. de tror inte jag fattar', 'mum has bought one of those dresses. they think I do not get it')],
      then: [{ hears: JOURNEY, go: 'facts' }, { go: 'facts' }],
      silence: { after: 60, go: 'waits' },
    },
    facts: {
      does: [says('på torsdag. pappa har passen i en låda på jobbet. min lillasyster ska också med, hon är 9', 'on Thursday. dad has the passports in a drawer at work. my little sister is going too, she is 9')],
      then: [{ hears: [...EMERGENCY, 'socialtjänst', 'social services', 'utreseförbud', 'ban'], go: 'police' }, { go: 'afraid' }],
      silence: { after: 60, go: 'waits' },
    },
    afraid: {
      does: [says('om jag säger nej blir det ännu värre', 'if I say no it gets even worse')],
      then: [{ hears: [...EMERGENCY, 'socialtjänst', 'social services', 'utreseförbud', 'ban'], go: 'police' }, { go: 'comes' }],
      silence: { after: 60, go: 'waits' },
    },
    police: {
      does: [says('polisen?? då vet alla. kan de verkligen stoppa det', 'the police?? then everybody knows. can they really stop it')],
      then: [{ go: 'comes' }],
      silence: { after: 60, go: 'waits' },
    },
    comes: {
      does: [{ covers: true }, { waits: 15 }, { covers: false }, says('det var bara brorsan. jag har kanske fem min', 'it was only my brother. I have maybe five min')],
      then: [{ hears: ['ud', 'utomlands', 'abroad', 'foreign', '405 50 05', 'utantill', 'by heart', 'kopi', 'copies', 'vem', 'who', ...EMERGENCY, 'socialtjänst', 'social services'], go: 'plan' }, { go: 'plan' }],
      silence: { after: 60, go: 'leaves' },
    },
    plan: {
      does: [says('ok jag ska säga det till skolsköterskan imorgon. hon är snäll', 'ok I will tell the school nurse tomorrow. she is kind'), says('tack', 'thanks')],
      then: [{ go: 'bye' }],
      silence: { after: 60, go: 'leaves' },
    },
    bye: { does: [{ leaves: 'goodbye' }] },
    leaves: { does: [{ leaves: 'fast' }] },
  },
  after: [
    both('Vet du när, vart, med vem och var passen är?', 'Do you know when, where to, with whom and where the passports are?'),
    both('Sa du att resan bör stoppas innan den börjar, och vem som kan göra det?', 'Did you say that the journey should be stopped before it begins, and who can?'),
    both('Tänkte du på syskonet?', 'Did you think of the sibling?'),
    both('Vad gjorde du medan skärmen var täckt?', 'What did you do while the screen was covered?'),
  ],
}

const life: Case = {
  key: 'life',
  title: both('”Orkar inte mer”', '“I cannot go on”'),
  about: both('Att fråga rakt ut om självmordstankar', 'Asking plainly about thoughts of suicide'),
  lane: Lane.Support,
  forWhom: About.Self,
  scenes: {
    start: {
      does: [says('hej', 'hi'), { waits: 3 }, says('orkar inte mer', 'I cannot go on')],
      then: [{ hears: SUICIDE, go: 'asked' }, { go: 'around' }],
      silence: { after: 30, go: 'silent' },
    },
    silent: { does: [says('spelar ingen roll', 'does not matter')], then: [{ hears: SUICIDE, go: 'asked' }, { go: 'around' }], silence: { after: 30, go: 'lost' } },
    around: {
      does: [says('de bestämmer allt. det tar aldrig slut. det vore bättre om jag inte fanns', 'they decide everything. it never ends. it would be better if I were not here')],
      then: [{ hears: SUICIDE, go: 'asked' }, { go: 'around-again' }],
      silence: { after: 40, go: 'silent' },
    },
    'around-again': {
      does: [says('du fattar inte', 'you do not get it')],
      then: [{ hears: SUICIDE, go: 'asked' }, { go: 'lost' }],
      silence: { after: 40, go: 'lost' },
    },
    asked: {
      does: [{ waits: 4 }, says('ja', 'yes'), { waits: 2 }, says('ingen har frågat förut', 'nobody has asked before')],
      then: [{ hears: ['nu', 'i dag', 'idag', 'hur', 'plan', 'nära dig', 'bestämt', 'now', 'today', 'how', 'near you', 'decided', ...EMERGENCY], go: 'how-near' }, { go: 'how-near' }],
      silence: { after: 45, go: 'silent' },
    },
    'how-near': {
      does: [says('inte just nu. men jag har tabletter i rummet', 'not right now. but I have pills in my room')],
      then: [{ hears: ['lägg', 'ge dem', 'någon annan', 'undan', 'bort', 'put', 'away', 'give', 'someone', 'somebody', ...EMERGENCY, 'ring', 'linje', 'call', 'line'], go: 'distance' }, { go: 'distance' }],
      silence: { after: 45, go: 'silent' },
    },
    distance: {
      does: [{ waits: 3 }, says('kan ge dem till min kusin. hon vet lite', 'could give them to my cousin. she knows a bit')],
      then: [{ go: 'evening' }],
      silence: { after: 45, go: 'silent' },
    },
    evening: {
      does: [says('vad gör jag om det kommer i natt när ni har stängt', 'what do I do if it comes tonight when you are closed')],
      then: [{ go: 'bye' }],
      silence: { after: 45, go: 'lost' },
    },
    bye: { does: [says('ok. ska skriva upp det. tack för att du frågade', 'ok. will write it down. thanks for asking'), { leaves: 'goodbye' }] },
    lost: { does: [{ gone: true }, { waits: 25 }, { leaves: 'lost' }] },
  },
  after: [
    both('Frågade du med rena ord, och hur snart?', 'Did you ask in plain words, and how soon?'),
    both('Frågade du om det är nu, hur, och om det finns nära till hands?', 'Did you ask whether it is now, how, and whether it is near at hand?'),
    both('Fick personen något att göra i kväll, och ett nummer?', 'Did the person get something to do tonight, and a number?'),
    both('Vem pratar du själv med efter ett sådant samtal?', 'Whom do you talk with yourself after such a conversation?'),
  ],
}

const testing: Case = {
  key: 'testing',
  title: both('Någon som testar eller är otrevlig', 'Somebody who tests or is rude'),
  about: both('Att sätta gräns och ändå hålla dörren öppen', 'Setting a limit and still leaving the door open'),
  lane: Lane.Support,
  forWhom: About.Self,
  scenes: {
    start: {
      does: [says('haha är du en bot', 'haha are you a bot'), says('eller en gubbe', 'or an old man')],
      then: [{ hears: ['avslutar', 'end now', 'will end'], go: 'firm' }, { go: 'again' }],
      silence: { after: 30, go: 'again' },
    },
    again: {
      does: [says('du har tråkigt va. skicka en bild', 'you are bored right. send a picture')],
      then: [{ hears: ['till för', 'inte fortsätta', 'gräns', 'for people who', 'cannot continue', 'avslutar', 'end now', 'will end'], go: 'firm' }, { go: 'worse' }],
      silence: { after: 40, go: 'worse' },
    },
    worse: {
      does: [says('ni är ju dumma i huvet allihop', 'you are all stupid')],
      then: [{ hears: ['till för', 'inte fortsätta', 'gräns', 'for people who', 'cannot continue', 'avslutar', 'end now', 'will end', 'välkommen', 'welcome'], go: 'firm' }, { go: 'gone' }],
      silence: { after: 40, go: 'gone' },
    },
    firm: {
      does: [{ waits: 8 }, says('förlåt', 'sorry'), { waits: 4 }, says('ville bara se om det var nån riktig. det är min kompis det gäller', 'just wanted to see if there was somebody real. it is about my friend')],
      then: [{ go: 'friend' }],
      silence: { after: 60, go: 'gone' },
    },
    friend: {
      does: [says('hon är förlovad med nån hon aldrig träffat. hon är 16. kan jag göra nåt', 'she is engaged to somebody she has never met. she is 16. can I do anything')],
      then: [{ go: 'bye' }],
      silence: { after: 60, go: 'gone' },
    },
    bye: { does: [says('okej. jag ska säga åt henne att skriva hit själv', 'okay. I will tell her to write here herself'), { leaves: 'goodbye' }] },
    gone: { does: [{ leaves: 'fast' }] },
  },
  after: [
    both('Kom gränsen lugnt, i rätt tid och utan att såra?', 'Did the limit come calmly, in time and without hurting?'),
    both('Fanns en väg tillbaka för den som menade allvar?', 'Was there a way back for somebody who meant it?'),
    both('När avslutar du, och vad säger du då?', 'When do you end, and what do you say then?'),
  ],
}

const NO_NAMES = ['namn', 'avidentif', 'skriv inte', 'name', 'identif', 'do not write', "don't write"]

const colleague: Case = {
  key: 'colleague',
  title: both('En skolkurator vill ha råd', 'A school counsellor wants advice'),
  about: both('Konsultation: avidentifiera och bedöma risk', 'Consultation: de-identify and assess risk'),
  lane: Lane.Professional,
  forWhom: About.Work,
  scenes: {
    start: {
      does: [says('Hej! Jag arbetar i skolan och behöver bolla ett ärende. En elev har berättat att familjen planerar förlovning.', 'Hi! I work in a school and need to discuss a case. A pupil has told me that the family is planning an engagement.')],
      then: [{ hears: NO_NAMES, go: 'careful' }, { go: 'slips' }],
      silence: { after: 60, go: 'asks' },
    },
    asks: { does: [says('Är någon där?', 'Is somebody there?')], then: [{ hears: NO_NAMES, go: 'careful' }, { go: 'slips' }], silence: { after: 60, go: 'leaves' } },
    slips: {
      does: [says('Hon heter Amira N. och går i 9B, hennes storebror gick också hos oss.', 'Her name is Amira N. and she is in 9B, her older brother went here too.')],
      then: [{ hears: NO_NAMES, go: 'careful' }, { go: 'slips-again' }],
      silence: { after: 60, go: 'asks' },
    },
    'slips-again': {
      does: [says('Jag kan mejla hennes personnummer också om det hjälper?', 'I can e-mail her personal number too if that helps?')],
      then: [{ go: 'careful' }],
      silence: { after: 60, go: 'leaves' },
    },
    careful: {
      does: [says('Ja, förstås, inga uppgifter. Jag tänkte kalla föräldrarna till ett möte i morgon och fråga rakt ut.', 'Yes, of course, no details. I was going to call the parents to a meeting tomorrow and ask them straight.')],
      then: [{ hears: ['inte', 'vänta', 'innan', 'socialtjänst', 'not', 'wait', 'before', 'social services', 'ensam', 'alone'], go: 'stopped' }, { go: 'goes-wrong' }],
      silence: { after: 60, go: 'asks' },
    },
    'goes-wrong': {
      does: [says('Bra, då ringer jag pappan i eftermiddag.', 'Good, then I will call the father this afternoon.')],
      then: [{ go: 'stopped' }],
      silence: { after: 60, go: 'leaves' },
    },
    stopped: {
      does: [says('Jag förstår. Vad behöver jag veta för att bedöma hur bråttom det är?', 'I see. What do I need to know to judge how urgent it is?')],
      then: [{ hears: ['resa', 'pass', 'syskon', 'i kväll', 'ikväll', 'vem vet', 'hemma', 'travel', 'journey', 'passport', 'sibling', 'tonight', 'who knows', 'home'], go: 'knows' }, { go: 'knows' }],
      silence: { after: 60, go: 'asks' },
    },
    knows: {
      does: [says('Resan är om tre veckor tror hon. Mamman har passen. Brodern hämtar henne varje dag.', 'The journey is in three weeks she thinks. The mother has the passports. The brother picks her up every day.')],
      then: [{ go: 'report' }],
      silence: { after: 60, go: 'leaves' },
    },
    report: {
      does: [says('Räcker det att jag har pratat med er, eller ska jag anmäla själv?', 'Is it enough that I have talked with you, or am I to report myself?')],
      then: [{ go: 'bye' }],
      silence: { after: 60, go: 'leaves' },
    },
    bye: { does: [says('Tack. Jag anmäler i dag och pratar med henne ensam först.', 'Thank you. I will report today and talk with her alone first.'), { leaves: 'goodbye' }] },
    leaves: { does: [{ leaves: 'goodbye' }] },
  },
  after: [
    both('När sa du till om namn och andra uppgifter?', 'When did you speak up about names and other details?'),
    both('Hann du stoppa att familjen kontaktas först?', 'Did you have time to stop the family from being contacted first?'),
    both('Sa du att kollegans egen anmälningsplikt kvarstår?', 'Did you say that the colleague’s own duty to report remains?'),
  ],
}

const watched: Case = {
  key: 'watched',
  title: both('Någon kommer in i rummet', 'Somebody comes into the room'),
  about: both('Täckt skärm, bruten kontakt och snabb flykt', 'A covered screen, lost contact and a quick exit'),
  lane: Lane.Support,
  forWhom: About.Other,
  scenes: {
    start: {
      does: [says('det gäller min syster', 'it is about my sister'), says('kan inte skriva länge', 'cannot write long')],
      then: [{ go: 'covered' }],
      silence: { after: 30, go: 'covered' },
    },
    covered: {
      does: [{ covers: true }, { waits: 20 }, { covers: false }, says('mamma kom in', 'mum came in')],
      then: [{ go: 'network' }],
      silence: { after: 40, go: 'network' },
    },
    network: {
      does: [says('de låser in henne på kvä', 'they lock her in at nig'), { gone: true }, { waits: 20 }, { gone: false }, says('wifi dog. på kvällarna. hon är 13', 'wifi died. at night. she is 13')],
      then: [{ hears: ['trygg', 'säker', 'någon ser', 'lämna sidan', 'safe', 'anyone see', 'leave page'], go: 'calm' }, { go: 'flees' }],
      silence: { after: 40, go: 'flees' },
    },
    calm: {
      does: [says('jag kan skriva från skolans dator imorgon istället', 'I can write from the school computer tomorrow instead')],
      then: [{ go: 'bye' }],
      silence: { after: 40, go: 'flees' },
    },
    bye: { does: [says('bra. hej', 'good. bye'), { leaves: 'goodbye' }] },
    flees: { does: [{ leaves: 'fast' }] },
  },
  after: [
    both('Skrev du något medan skärmen var täckt? Skulle det ha kunnat skada?', 'Did you write anything while the screen was covered? Could it have done harm?'),
    both('Vad betyder ”lämnade snabbt” och vad betyder ”tappade kontakten”?', 'What does “left fast” mean, and what does “lost contact” mean?'),
    both('Sa du tidigt hur hen kan komma tillbaka på ett säkrare sätt?', 'Did you say early how to come back in a safer way?'),
  ],
}

export const cases: readonly Case[] = [anonymous, journey, life, testing, colleague, watched]
