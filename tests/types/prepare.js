// Writes what `tsc` checks beside the scripts of the pages, into `generated/`: the types of docs/openapi*.yaml, and the examples of docs/client.md.

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';

const docs = new URL('../../docs/', import.meta.url);
const folder = new URL('generated/', import.meta.url);

await rm(folder, { recursive: true, force: true });
await mkdir(folder);

for (const name of ['openapi', 'openapi-app']) {
  const types = await openapiTS(new URL(`${name}.yaml`, docs), { silent: true });
  await writeFile(new URL(`${name}.d.ts`, folder), astToString(types));
}

// A code block of a language is an example. Of a Vue component the script is checked.
const page = await readFile(new URL('client.md', docs), 'utf8');
const blocks = [...page.matchAll(/^```(js|tsx|vue)\n(.*?)^```$/gms)];
if (blocks.length < 3) throw new Error('docs/client.md: the examples were not found');
for (const [number, [, language, text]] of blocks.entries()) {
  const script = language === 'vue' ? /<script[^>]*>\n(.*?)<\/script>/s.exec(text)[1] : text;
  const ending = { js: 'js', tsx: 'tsx', vue: 'ts' }[language];
  await writeFile(new URL(`example-${number}.${ending}`, folder), script);
}
