/** What goes to stdout and stderr: text, aligned columns, colours where a person looks at them. */
import pc from 'picocolors';

/** Colours only on a terminal, never where NO_COLOR asks for none: output in files and pipes has no codes. */
export const colours = pc.createColors(
  process.stdout.isTTY
    ? (process.env['NO_COLOR'] ?? '') === '' && process.env['TERM'] !== 'dumb'
    : false,
);

/** Writes lines to stdout. */
export function print(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** Writes lines to stderr: warnings, and where files went. */
export function say(text: string): void {
  process.stderr.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** One JSON document on stdout and nothing else. */
export function printJson(document: unknown): void {
  print(JSON.stringify(document, null, 2));
}

/** Rows in columns, two spaces apart; the last column is not padded. */
export function columns(rows: readonly (readonly string[])[], indent = ''): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) {
      widths[index] = Math.max(widths[index] ?? 0, cell.length);
    }
  }
  return rows.map((row) =>
    (indent + row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  ')).trimEnd(),
  );
}

/** `1 record`, `2 records`; irregular plurals are given. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${String(count)} ${count === 1 ? one : many}`;
}
