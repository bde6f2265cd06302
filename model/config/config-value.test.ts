import { describe, expect, it } from 'vitest';

import { boolean, choice, double, filledString, int, list, long, LONG_MAX } from './config-key.js';
import { readConfigValue } from './config-value.js';

describe('readConfigValue', () => {
  it.each([
    [int(1, { min: 1 }), ' 2 ', 2],
    [int(1), '+7', 7],
    [int(1), '-7', -7],
    [int(0), '2147483647', 2_147_483_647],
    [int(-1, { min: 1, max: 9, alsoNumber: -1 }), '-1', -1],
    [long(0), '9223372036854775807', LONG_MAX],
    [long(0), '-9223372036854775808', -LONG_MAX],
    [long(0), '0000000000000000000000012', 12],
    [double(0.5, { min: 0, max: 1 }), '.25', 0.25],
    [double(0), '1E3', 1000],
    [boolean(false), 'TRUE', true],
    [boolean(true), false, false],
    [choice('all', ['all', '0', '1'], { aliases: { '-1': 'all' } }), '-1', 'all'],
    [choice('all', ['all', '0', '1']), 1, '1'],
    [choice('latest', ['latest', 'earliest'], { ignoreCase: true }), 'EARLIEST', 'earliest'],
    [list(['delete'], ['compact', 'delete']), 'compact, delete', ['compact', 'delete']],
    [list(['delete'], ['compact', 'delete']), ['compact'], ['compact']],
    [list([]), '', []],
  ])('%j takes %j as %j', (key, raw, value) => {
    expect(readConfigValue(key, raw)).toEqual({ ok: true, value });
  });

  it.each([
    [int(1, { min: 1 }), '0', 'must be a whole number of at least 1, not "0"'],
    [int(1, { min: 1 }), 'two', 'must be a whole number of at least 1, not "two"'],
    [int(1), '', 'must be a whole number, not ""'],
    [int(1), '1.5', 'must be a whole number, not "1.5"'],
    [int(1), 1.5, 'must be a whole number, not 1.5'],
    [int(1), '0x10', 'must be a whole number, not "0x10"'],
    [int(1), true, 'must be a whole number, not true'],
    [int(1), '10s', `must be a whole number, not "10s" (a plain number, in the key's own unit)`],
    [
      int(1),
      '2147483648',
      'must be a whole number, not "2147483648" (it does not fit into 32 bits)',
    ],
    [long(1), '9223372036854775808', 'must be a whole number, not "9223372036854775808"'],
    [long(1), 1e30, 'must be a whole number, not 1e+30 (it does not fit into 64 bits)'],
    [int(1, { max: 9 }), 10, 'must be a whole number of at most 9, not 10'],
    [double(0.5, { min: 0, max: 1 }), '2', 'must be a number from 0 to 1, not "2"'],
    [double(0.5), 'NaN', 'must be a number, not "NaN"'],
    [boolean(true), 'yes', 'must be true or false, not "yes"'],
    [choice('a', ['a', 'b']), 'A', 'must be one of a, b, not "A"'],
    [filledString(null), ' ', 'must be text that is not empty, not " "'],
    [
      list([], ['compact', 'delete']),
      'compact,x',
      'must be a list of compact, delete, not "compact,x"',
    ],
    [list([]), 5, 'must be a comma-separated list, not 5'],
  ])('%j refuses %j', (key, raw, reason) => {
    expect(readConfigValue(key, raw)).toEqual({ ok: false, reason });
  });
});
