// The words before a summary, which the visitor reads: in the visitor's language, as everything that a counsellor sends by
// a button. Swedish and English are written by us; the others are made by a machine and were read by nobody, as those of the
// visitor's page.

const LEADS: Readonly<Record<string, string>> = {
  ar: 'ملخّص لـ {name}. إذا قلت نعم للسؤال، يمكن لـ {name} قراءة هذا، ولا شيء آخر مما كتبناه:',
  ckb: 'کورتە بۆ {name}. ئەگەر بە پرسیارەکە بڵێیت بەڵێ، {name} دەتوانێت ئەمە بخوێنێتەوە، و هیچی تر لەوەی نووسیومانە:',
  en: 'Summary for {name}. If you say yes to the question, {name} may read this, and nothing else of what we have written:',
  fa: 'خلاصه برای {name}. اگر به پرسش بله بگویی، {name} می‌تواند این را بخواند، و نه هیچ چیز دیگری از آنچه نوشته‌ایم:',
  kmr: 'Kurteyek ji bo {name}. Heke tu ji pirsê re bibêjî erê, {name} dikare vê bixwîne, û ne tiştekî din ji ya ku me nivîsiye:',
  prs: 'خلاصه برای {name}. اگر به سؤال بلی بگویی، {name} می‌تواند این را بخواند، و نه هیچ چیز دیگری از آنچه نوشته‌ایم:',
  so: 'Soo koobid loogu talagalay {name}. Haddii aad su’aasha haa ku jawaabto, qofka {name} wuu akhrin karaa tan, wax kale oo aan qornayse ma akhrin karo:',
  sv: 'Sammanfattning till {name}. Säger du ja till frågan får {name} läsa detta, och inget annat av det vi har skrivit:',
  ti: 'ጽማቝ ን{name}። ነቲ ሕቶ እወ እንተ በልኩም፣ {name} ነዚ ከንብብ ይኽእል፣ ካብቲ ዝጸሓፍናዮ ካልእ ግን ኣይኮነን፦',
  tr: '{name} için özet. Soruya evet dersen {name} bunu okuyabilir, yazdıklarımızdan başka hiçbir şeyi okuyamaz:',
}
const RIGHT_TO_LEFT = new Set(['ar', 'ckb', 'fa', 'prs'])
/** Around words of another direction, so that their points and brackets stay where they were written. */
const [APART, TOGETHER] = ['\u2068', '\u2069']

/**
 * The message that the visitor reads. `asked` are the visitor's languages, the first is the one they read; `reader` is the
 * console's.
 */
export function withLead(asked: readonly string[], reader: string, name: string, text: string): string {
  const tag = [...asked, reader].find((one) => one in LEADS) ?? 'sv'
  const apart = (words: string) => (RIGHT_TO_LEFT.has(tag) ? APART + words + TOGETHER : words)
  return `${(LEADS[tag] ?? '').replaceAll('{name}', apart(name))}\n\n${apart(text)}`
}
