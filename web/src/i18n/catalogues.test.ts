import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, type AST } from 'svelte/compiler';
import { describe, expect, it } from 'vitest';
import { en } from '@/i18n/en';
import { fr } from '@/i18n/fr';

const SOURCE = join(import.meta.dirname, '..');

function files(folder: string, ending: RegExp): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => ending.test(name) && !name.includes('generated'))
    .map((name) => join(folder, name));
}

const holes = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
const LETTER = /\p{L}/u;
const SPOKEN = new Set(['aria-label', 'aria-description', 'aria-valuetext', 'aria-roledescription', 'title', 'alt', 'placeholder', 'label']);

/** Texts written into the markup of a component instead of the catalogues. */
function written(source: string): string[] {
  const found: string[] = [];
  const walk = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(walk);
    if (typeof node !== 'object' || node === null || Array.isArray(node)) return;
    const one = node as AST.SvelteNode & Record<string, unknown>;
    if (one.type === 'Text' && LETTER.test(one.data)) found.push(one.data.trim());
    if (one.type === 'StyleDirective') return;
    if (one.type === 'Attribute') {
      const parts = Array.isArray(one.value) ? one.value : [];
      if (SPOKEN.has(one.name)) parts.forEach(walk);
      return;
    }
    for (const name of Object.keys(one)) if (name !== 'metadata') walk(one[name]);
  };
  walk(parse(source, { modern: true }).fragment);
  return found;
}

describe('the catalogues', () => {
  it('have the same keys in the same order', () => {
    expect(Object.keys(en)).toEqual(Object.keys(fr));
  });

  it.each(Object.keys(fr) as (keyof typeof fr)[])('%s says something in both languages, with the same holes', (key) => {
    expect(fr[key].trim()).not.toBe('');
    expect(en[key].trim()).not.toBe('');
    expect(holes(en[key])).toEqual(holes(fr[key]));
  });

  it('come with both forms wherever they count', () => {
    const stems = Object.keys(fr).filter((key) => /\.(one|other)$/.test(key)).map((key) => key.replace(/\.(one|other)$/, ''));
    const counted = [...new Set(stems)].filter((stem) => stem !== 'dismiss');
    for (const stem of counted) expect(Object.keys(fr)).toEqual(expect.arrayContaining([`${stem}.one`, `${stem}.other`]));
  });

  it('translate every code the server can answer with', () => {
    const codes = ['bad_credentials', 'locked_out', 'not_signed_in', 'not_authorised', 'bad_csrf', 'not_found', 'changed_meanwhile',
      'invalid', 'failed', 'storage_refused', 'source_unavailable', 'plugin_failed', 'too_large', 'other_origin', 'https_only',
      'too_many_live_views', 'too_many_streams', 'method_not_allowed', 'refused', 'network', 'timeout'];
    for (const code of codes) expect(Object.keys(fr)).toContain(`problem.${code}`);
  });

  it('hold every key that is named in the code', () => {
    for (const file of files(SOURCE, /\.(svelte|ts)$/)) {
      const text = readFileSync(file, 'utf8');
      for (const [, call, key] of text.matchAll(/\b(tn?)\('([a-z_]+(?:\.[a-z_]+)+)'/g)) {
        const wanted = call === 'tn' ? `${key}.other` : key;
        expect(Object.keys(fr), `${file} uses ${key}`).toContain(wanted);
      }
    }
  });

  it('hold no key that nothing uses', () => {
    const text = files(SOURCE, /\.(svelte|ts)$/)
      .filter((file) => !/i18n.(fr|en)/.test(file))
      .map((file) => readFileSync(file, 'utf8'))
      .join('\n');
    const families = new Set([...text.matchAll(/`([a-z_.]+)\.\$\{|(?:known|named)\('([a-z_.]+)'/g)].map((hit) => hit[1] ?? hit[2]));
    const unused = Object.keys(fr).filter((key) => {
      const stem = key.replace(/\.(one|other)$/, '');
      const family = [...families].some((name) => key.startsWith(`${name}.`));
      return !family && !text.includes(`'${key}'`) && !text.includes(`'${stem}'`);
    });
    expect(unused).toEqual([]);
  });
});

describe('the markup', () => {
  it.each(files(SOURCE, /\.svelte$/))('%s has no text of its own', (file) => {
    expect(written(readFileSync(file, 'utf8'))).toEqual([]);
  });

  it('would be caught with text of its own', () => {
    expect(written('<p>Bonjour</p><img alt="photo"><p class="x">{1}</p>')).toEqual(['Bonjour', 'photo']);
  });
});
