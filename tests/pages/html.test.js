// html-validate judges every page that the browser tests have photographed: as the server sent it, and as scripts have changed it.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { HtmlValidate } from 'html-validate';

const FOLDER = join(import.meta.dirname, '../../target/test-artefacts/html');

// Matters of style that no browser sees: the templates write `<!doctype html>`, and their blocks leave spaces.
const style = { 'doctype-style': 'off', 'no-trailing-whitespace': 'off' };
const judgeOf = (rules) => new HtmlValidate({ root: true, extends: ['html-validate:recommended'], rules: { ...style, ...rules } });
const sent = judgeOf({});
// The browser writes `required=""`.
const shown = judgeOf({ 'attribute-boolean-style': 'off', 'attribute-empty-style': 'off' });

const faultsOf = async (judge, html) => {
  const { results } = await judge.validateString(html);
  return results.flatMap(({ messages }) => messages).map(({ line, column, ruleId, message }) => `${line}:${column} ${ruleId}: ${message}`);
};

test('a fault is found', async () => {
  const html = '<!doctype html>\n<html lang="en"><head><title>A page</title></head><body><p><div></div></p></body></html>';
  assert.notDeepEqual(await faultsOf(sent, html), []);
});

const pages = readdirSync(FOLDER).sort();
test('the browser tests have photographed pages', () => assert.notEqual(pages.length, 0));
for (const page of pages) {
  test(`${page} has no fault`, async () => {
    const judge = page.endsWith('.shown.html') ? shown : sent;
    assert.deepEqual(await faultsOf(judge, readFileSync(join(FOLDER, page), 'utf8')), []);
  });
}
