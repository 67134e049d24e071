// tidy/layout.mjs - the byte tables of the core against the fields they describe.
//
// The doc comment of each `@unmanaged` class has a table under the words `off  size  field`, one row for each field
// the class itself declares. Rows past the last field describe what follows in the block (slots, arrays); such a row
// may lack its size. A class that says `Layout: ROUTE_*` mirrors a record of src/abi/records.ts instead, whose table
// stands above its constants. AssemblyScript places a field at the next multiple of its size, after those of the base class.
import ts from 'typescript';
import { error } from './tree.mjs';

/** @typedef {import('./tree.mjs').Tree} Tree  @typedef {import('./tree.mjs').File} File  @typedef {import('./tree.mjs').Finding} Finding */
/**
 * @typedef {{ name: string, off: number, size: number }} Field
 * @typedef {{ fields: Field[], end: number }} Placed
 * @typedef {{ name: string, off: number, size: number | undefined, line: number }} Row
 * @typedef {{ prefix: string, rows: Row[], line: number, constants: Map<string, number> }} RecordTable
 */

/** Records that cross between facade and core: their tables stand there, not at the classes that mirror them. */
const RECORDS = 'src/abi/records.ts';
const MIRROR = /Layout: ([A-Z_]+)_\*/;
const HEADING = /^\s*\*\s+off\s+size\s+field\s*$/;
const ROW = /^\s*\*\s+(\d+)(?:\s{1,7}(\d+))?\s+(\w+)/;
/** Bytes of AssemblyScript's own types; a reference to a class is a pointer. */
const SIZES = new Map(
  Object.entries({
    i8: 1,
    u8: 1,
    bool: 1,
    i16: 2,
    u16: 2,
    i32: 4,
    u32: 4,
    f32: 4,
    isize: 4,
    usize: 4,
    i64: 8,
    u64: 8,
    f64: 8,
    v128: 16,
  }),
);
const POINTER = 4;

/** All classes of the core by name, and the sizes of its type aliases. @param {Tree} tree */
function declarations(tree) {
  /** @type {Map<string, { file: File, node: ts.ClassDeclaration }>} */
  const classes = new Map();
  /** @type {Map<string, string>} */
  const aliases = new Map();
  for (const file of tree.sources('assembly')) {
    for (const node of file.ast.statements) {
      if (ts.isClassDeclaration(node) && node.name) classes.set(node.name.text, { file, node });
      else if (ts.isTypeAliasDeclaration(node)) aliases.set(node.name.text, node.type.getText());
    }
  }
  return { classes, aliases };
}

/** Whether a class carries `@unmanaged`. @param {ts.ClassDeclaration} node */
const isUnmanaged = (node) =>
  (ts.getDecorators(node) ?? []).some((d) => d.expression.getText() === 'unmanaged');

/**
 * The fields that a class declares, where AssemblyScript puts them. Type parameters count as u32 (K = u32).
 * @param {ReturnType<typeof declarations>} all  @param {string} name
 * @returns {Placed}
 */
function place(all, name) {
  const node = all.classes.get(name)?.node;
  const base = node?.heritageClauses?.[0]?.types[0]?.expression.getText();
  let end = base ? place(all, base).end : 0;
  const parameters = node?.typeParameters?.map((p) => p.name.text) ?? [];
  /** @type {Field[]} */
  const fields = [];
  for (const member of node?.members ?? []) {
    if (!ts.isPropertyDeclaration(member) || ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Static)
      continue;
    let type = member.type?.getText() ?? '';
    while (all.aliases.has(type)) type = all.aliases.get(type) ?? '';
    const size = parameters.includes(type) ? 4 : (SIZES.get(type) ?? POINTER);
    const off = Math.ceil(end / size) * size;
    fields.push({ name: member.name.getText(), off, size });
    end = off + size;
  }
  return { fields, end };
}

/**
 * The rows of the table in the comment before a statement, or undefined.
 * @param {File} file  @param {ts.Node} node
 * @returns {Row[] | undefined}
 */
function table(file, node) {
  const comment = ts.getLeadingCommentRanges(file.text, node.getFullStart())?.at(-1);
  if (!comment) return undefined;
  const lines = file.text.slice(comment.pos, comment.end).split('\n');
  const heading = lines.findIndex((line) => HEADING.test(line));
  if (heading < 0) return undefined;
  return lines.slice(heading + 1).flatMap((text, i) => {
    const [, off, size, name = ''] = ROW.exec(text) ?? [];
    const line = file.line(comment.pos) + heading + 1 + i;
    return off === undefined
      ? []
      : { off: Number(off), size: size === undefined ? undefined : Number(size), name, line };
  });
}

/** An unmanaged class against the table in its own comment. @param {File} file  @param {ts.ClassDeclaration} node  @param {Placed} placed */
function ownTable(file, node, { fields, end }) {
  const name = node.name?.text ?? '';
  const rows = table(file, node);
  const start = file.line(node.getStart());
  if (!rows)
    return fields.length
      ? [error('layout', file.path, start, `${name} has no table 'off  size  field'`)]
      : [];
  /** @type {Finding[]} */
  const found = [];
  const say = (/** @type {number} */ line, /** @type {string} */ text) =>
    found.push(error('layout', file.path, line, `${name}: ${text}`));
  for (const { name: field, off, size } of fields) {
    const row = rows.find((r) => r.name === field);
    if (!row) say(start, `${field} (offset ${off}, size ${size}) is not in the table`);
    else if (row.off !== off || row.size !== size) {
      say(
        row.line,
        `${field} has offset ${off} and size ${size}, the table says ${row.off} and ${row.size ?? 'nothing'}`,
      );
    }
  }
  let tail = end;
  for (const row of rows.filter((r) => !fields.some((f) => f.name === r.name))) {
    if (row.off < tail)
      say(row.line, `${row.name} at ${row.off} is no field, and what is declared ends at ${tail}`);
    tail = row.off + (row.size ?? 0);
  }
  return found;
}

/** A class whose comment says `Layout: ROUTE_*` against that record. @param {File} file  @param {ts.ClassDeclaration} node  @param {Placed} placed  @param {RecordTable | undefined} record */
function mirror(file, node, { fields }, record) {
  const name = node.name?.text ?? '';
  const start = file.line(node.getStart());
  if (!record) return [error('layout', file.path, start, `${name}: ${RECORDS} has no such record`)];
  return fields.flatMap(({ name: field, off, size }) => {
    const row = record.rows.find((r) => r.name === field);
    if (row?.off === off && row.size === size) return [];
    const says = row ? `${row.off} and ${row.size ?? 'nothing'}` : 'nothing';
    return [
      error(
        'layout',
        file.path,
        start,
        `${name}: ${field} has offset ${off} and size ${size}, ${RECORDS} says ${says}`,
      ),
    ];
  });
}

/**
 * The records of the party wall: a comment with a table, then a constant `PREFIX_FIELD` for each row, up to
 * `PREFIX_BYTES`.
 * @param {Tree} tree
 */
function recordTables(tree) {
  const file = tree.files.get(RECORDS);
  /** @type {Map<string, RecordTable>} */
  const records = new Map();
  /** @type {RecordTable | undefined} */
  let open;
  for (const node of file?.ast.statements ?? []) {
    if (!file || !ts.isVariableStatement(node)) continue;
    const [declared] = node.declarationList.declarations;
    const name = declared?.name.getText() ?? '';
    const rows = table(file, node);
    if (rows) {
      const prefix = name.slice(0, name.length - snake(rows[0]?.name ?? '').length - 1);
      open = { rows, prefix, line: file.line(node.getStart()), constants: new Map() };
      records.set(prefix, open);
    }
    if (open && name.startsWith(`${open.prefix}_`))
      open.constants.set(name, Number(declared?.initializer?.getText()));
    if (name === `${open?.prefix}_BYTES`) open = undefined;
  }
  return records;
}

/** Each record's constants against its table. @param {RecordTable} record */
function ownConstants({ prefix, rows, line, constants }) {
  const named = rows.filter((row) => row.name !== 'then');
  const wrong = named.filter((row) => constants.get(`${prefix}_${snake(row.name)}`) !== row.off);
  const strange = [...constants].filter(
    ([name, off]) => name !== `${prefix}_BYTES` && !rows.some((row) => row.off === off),
  );
  const end = Math.max(...rows.map((row) => row.off + (row.size ?? 0)));
  const short = (constants.get(`${prefix}_BYTES`) ?? end) < end;
  return [
    ...wrong.map((row) =>
      error('layout', RECORDS, row.line, `no constant ${prefix}_${snake(row.name)} = ${row.off}`),
    ),
    ...strange.map(([name, off]) =>
      error('layout', RECORDS, line, `${name} = ${off}: the table has no such row`),
    ),
    ...(short ? [error('layout', RECORDS, line, `${prefix}_BYTES is less than the table's ${end}`)] : []),
  ];
}

/** prefixLen to PREFIX_LEN. @param {string} name */
const snake = (name) => name.replace(/[A-Z]/g, '_$&').toUpperCase();

/** @param {Tree} tree  @returns {Finding[]} */
export function layouts(tree) {
  const all = declarations(tree);
  const records = recordTables(tree);
  const classes = [...all.classes].flatMap(([name, { file, node }]) => {
    if (!isUnmanaged(node)) return [];
    const [, prefix] = MIRROR.exec(file.text.slice(node.getFullStart(), node.getStart())) ?? [];
    const placed = place(all, name);
    return prefix ? mirror(file, node, placed, records.get(prefix)) : ownTable(file, node, placed);
  });
  return [...[...records.values()].flatMap(ownConstants), ...classes];
}
