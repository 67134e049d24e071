/**
 * bench/section.ts - what a report is made of: tables with a heading and remarks, for a terminal or in Markdown.
 */

/** A table and the words around it; the first column stands left, the others right. */
export interface Section {
  readonly title?: string;
  /** What the cells say. */
  readonly note: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly remarks: readonly string[];
}

/** Sections for a terminal. */
export function textSections(sections: readonly Section[]): string {
  return sections.map((section) => `${textSection(section).join('\n')}\n`).join('\n');
}

function textSection({ title, note, head, rows, remarks }: Section): string[] {
  const all = [head, ...rows];
  const widths = head.map((_, i) => Math.max(...all.map((row) => row[i]!.length)));
  const lines = all.map((row) =>
    row.map((text, i) => (i === 0 ? text.padEnd(widths[i]!) : text.padStart(widths[i]!))).join('  '),
  );
  return [...(title === undefined ? [] : [title]), note, '', ...lines, ...afterBlank(remarks)];
}

/** Sections as a page quotes them. */
export function markdownSections(sections: readonly Section[]): string {
  return sections.map((section) => `${markdownSection(section).join('\n')}\n`).join('\n');
}

function markdownSection({ title, note, head, rows, remarks }: Section): string[] {
  const line = (row: readonly string[]): string => `| ${row.join(' | ')} |`;
  const rule = line(head.map((_, i) => (i === 0 ? '---' : '--:')));
  const lead = title === undefined ? note : `**${title}.** ${note}`;
  return [
    `${lead}.`,
    '',
    ...[line(head), rule, ...rows.map(line)],
    ...afterBlank(remarks.map((remark) => `- ${remark}`)),
  ];
}

function afterBlank(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', ...lines];
}

/** Nanoseconds with three digits: `8.21 ns`, `143 ns`, `2.07 µs`, `1.43 ms`, `1.52 s`. */
export function time(ns: number): string {
  const [value, unit] =
    ns < 1e3 ? [ns, 'ns'] : ns < 1e6 ? [ns / 1e3, 'µs'] : ns < 1e9 ? [ns / 1e6, 'ms'] : [ns / 1e9, 's'];
  return `${digits(value)} ${unit}`;
}

/** Three digits, or as many as there are before the point. */
export function digits(value: number): string {
  return value >= 999.5 ? thousands(Math.round(value)) : value.toPrecision(3);
}

export function thousands(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ',');
}
