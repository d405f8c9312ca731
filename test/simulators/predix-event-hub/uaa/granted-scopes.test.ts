import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { authorityCovers, grantScopes, splitScopes } from './granted-scopes.js';

/** Anything a scope may be made of, and what has a meaning in a regular expression. */
const run = fc.string({ unit: fc.constantFrom(...'abZ09-_*+?^$(){}[]|\\/'), minLength: 1, maxLength: 6 });
const literal = run.map((text) => text.replaceAll('*', 'x'));
const scope = fc.array(literal, { minLength: 1, maxLength: 5 }).map((segments) => segments.join('.'));

describe('a wildcard in an authority', () => {
  test('covers whatever dotless run stands in its place', () => {
    const segments = fc.array(fc.oneof(literal, fc.constant('*')), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(segments, fc.array(run, { minLength: 6, maxLength: 6 }), (authority, runs) => {
        const asked = authority.map((segment, at) => (segment === '*' ? runs[at] : segment));
        expect(authorityCovers(authority.join('.'), asked.join('.'))).toBe(true);
      }),
    );
  });

  test('covers no run with a dot and no empty one', () => {
    fc.assert(
      fc.property(scope, run, run, scope, (before, left, right, after) => {
        const authority = `${before}.*.${after}`;
        expect(authorityCovers(authority, `${before}.${left}.${after}`)).toBe(true);
        expect(authorityCovers(authority, `${before}.${left}.${right}.${after}`)).toBe(false);
        expect(authorityCovers(authority, `${before}..${after}`)).toBe(false);
      }),
    );
  });

  test('stands for a part of a segment too', () => {
    expect(authorityCovers('zones.a*z.user', 'zones.abcz.user')).toBe(true);
    expect(authorityCovers('zones.a*z.user', 'zones.az.user')).toBe(false);
    expect(authorityCovers('zones.a*z.user', 'zones.abc.user')).toBe(false);
  });

  test('covers itself, so that a client may ask for the literal star', () => {
    expect(authorityCovers('zones.z.*.grpc.publish', 'zones.z.*.grpc.publish')).toBe(true);
  });
});

describe('an authority without a wildcard', () => {
  test('covers itself and nothing else', () => {
    fc.assert(
      fc.property(scope, scope, (authority, asked) => {
        expect(authorityCovers(authority, authority)).toBe(true);
        expect(authorityCovers(authority, asked)).toBe(authority === asked);
      }),
    );
  });

  test('is compared with its case', () => {
    expect(authorityCovers('zones.z.User', 'zones.z.user')).toBe(false);
  });
});

describe('a scope list', () => {
  test.each(['a.b c.d', 'a.b,c.d', 'a.b+c.d', ' a.b ,\t+c.d\n', 'a.b c.d a.b'])(
    '%j names two scopes',
    (list) => {
      expect(splitScopes(list)).toEqual(['a.b', 'c.d']);
    },
  );

  test.each([null, '', ' , '])('%j grants the authorities as they stand', (list) => {
    expect(grantScopes(list, ['z.user', 'z.*.grpc.publish'])).toEqual(['z.user', 'z.*.grpc.publish']);
  });

  test('grants the names asked for, not the wildcards that cover them', () => {
    expect(grantScopes('z.t.grpc.publish', ['z.user', 'z.*.grpc.publish'])).toEqual(['z.t.grpc.publish']);
  });

  test('is refused as a whole for one name that is not covered, and the first of them is told', () => {
    const ask = (): unknown => grantScopes('z.user z.admin z.other', ['z.user']);
    expect(ask).toThrow('z.admin is invalid. Please use a valid scope name in the request');
  });
});
