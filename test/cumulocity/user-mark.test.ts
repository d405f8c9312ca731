import { expect, it } from 'vitest';
import { userMark } from '../../src/cumulocity/user-mark.js';

const USER = { tenant: 't1', user: 'service_forwarder', password: 'p4ssw0rd' };

it('is the same for the same user, and another one when tenant or password differ', () => {
  const mark = userMark(USER);
  expect(mark).toMatch(/^[0-9a-f]{4}$/);
  expect(userMark({ ...USER })).toBe(mark);
  expect(userMark({ ...USER, password: 'n3w' })).not.toBe(mark);
  expect(userMark({ ...USER, tenant: 't2' })).not.toBe(mark);
});
