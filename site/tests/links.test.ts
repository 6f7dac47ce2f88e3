import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { siteLink } from '../links.ts';

const links: readonly (readonly [page: string, link: string, expected: string])[] = [
  ['setup.md', 'doctor.md#google', 'doctor.md#google'],
  ['setup.md', '#undo', '#undo'],
  ['setup.md', 'https://example.com/a.md', 'https://example.com/a.md'],
  ['use/ec2.md', '../README.md', '../index.md'],
  ['README.md', 'adr/', 'adr/index.md'],
  ['README.md', 'reports/', 'https://github.com/rolebridge/rolebridge/blob/v1.2.3/docs/reports/'],
  ['setup.md', 'x.schema.json', 'https://github.com/rolebridge/rolebridge/blob/v1.2.3/docs/x.schema.json'],
  ['use/ec2.md', '../../boot/fetch', 'https://github.com/rolebridge/rolebridge/blob/v1.2.3/boot/fetch'],
  ['setup.md', '../README.md#why', 'https://github.com/rolebridge/rolebridge/blob/v1.2.3/README.md#why'],
];
for (const [page, link, expected] of links)
  test(`${link} on ${page} leads to ${expected}`, () => {
    assert.equal(siteLink(page, link, 'https://github.com/rolebridge/rolebridge/blob/v1.2.3'), expected);
  });
