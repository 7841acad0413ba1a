const [ESC, BEL, CSI, ST] = ['\u001b', '\u0007', '\u009b', '\u009c'];
/** Titles, links and the like, which have a text of their own (ECMA-48: OSC, DCS, SOS, PM, APC). */
const STRINGS = new RegExp(`${ESC}[\\]PX^_][^${ESC}${BEL}${ST}\n]*(?:${BEL}|${ST}|${ESC}\\\\)`, 'g');
/** Colours, movements of the cursor, and what has two letters. */
const SEQUENCES = new RegExp(`(?:${ESC}\\[|${CSI})[0-?]*[ -/]*[@-~]|${ESC}[ -/]*[0-~]`, 'g');

/** Text without what a terminal would obey: escape sequences, and control characters other than newline and tab. */
export function plain(text: string): string {
  return text
    .replace(STRINGS, '')
    .replace(SEQUENCES, '')
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{Cc}\n\t]/gu, '');
}
