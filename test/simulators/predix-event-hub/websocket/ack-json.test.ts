import { describe, expect, test } from 'vitest';
import type { WireAck } from '../protocol.js';
import { encodeAcks, type WsAckStyle } from './ack-json.js';

const success: WireAck = {
  ...{
    id: '1',
    status_code: 0,
    desc: 'Message successfully sent',
    topic: 'topic',
    partition: 0,
    offset: '0',
  },
  timestamp: { seconds: '1700000000', nanos: 0 },
};
const failure: WireAck = {
  ...{ id: '2', status_code: 1, desc: 'no', body: Buffer.from('{"a":1.0}'), zone_id: 'z', tags: { t: '' } },
  key: Buffer.alloc(0),
};

function written(ack: WireAck, style: WsAckStyle): unknown {
  return JSON.parse(encodeAcks([ack], style).toString());
}

describe('in the documented style an acknowledgement', () => {
  test('of what is stored has status 202 and its place, also where that is 0 [seed 197-207]', () => {
    expect(written(success, 'documented')).toEqual([
      {
        ...{ id: '1', status_code: 202, desc: 'Message successfully sent' },
        ...{ topic: 'topic', partition: 0, offset: 0, timestamp: { seconds: 1_700_000_000 } },
      },
    ]);
  });

  test('of what is not stored gives the message back', () => {
    const echo = { body: '{"a":1.0}', zone_id: 'z', tags: { t: '' } };
    expect(written(failure, 'documented')).toEqual([{ id: '2', status_code: 400, desc: 'no', ...echo }]);
  });

  test.each([
    [0, 202],
    [1, 400],
    [2, 400],
    [3, 503],
    [7, 7],
  ])('with AckStatus %i has status %i [seed 205-209]', (status_code, expected) => {
    expect(written({ id: '1', status_code, desc: '' }, 'documented')).toEqual([
      { id: '1', status_code: expected, desc: '' },
    ]);
  });

  test('of what has no id has none', () => {
    expect(written({ id: '', status_code: 1, desc: 'no' }, 'documented')).toEqual([
      { status_code: 400, desc: 'no' },
    ]);
  });
});

describe('in the style of proto an acknowledgement', () => {
  test('of what is stored has no status and no zeros', () => {
    expect(written(success, 'proto-omit')).toEqual([
      { id: '1', desc: 'Message successfully sent', topic: 'topic', timestamp: { seconds: 1_700_000_000 } },
    ]);
  });

  test('of what is not stored has the number of AckStatus', () => {
    const echo = { body: '{"a":1.0}', zone_id: 'z', tags: { t: '' } };
    expect(written(failure, 'proto-omit')).toEqual([{ id: '2', status_code: 1, desc: 'no', ...echo }]);
  });
});
