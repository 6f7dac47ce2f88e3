import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { parseRoleEvent } from '../../shared/core/role-event.ts';

const published = '../shared/cloudtrail-samples';
const samples = existsSync(published) ? readdirSync(published).filter((name) => name.endsWith('.json')) : [];
(samples.length === 0 ? describe.skip : describe)('CloudTrail records as others published them', () => {
  it.each(samples)('%s', (name) => {
    const content: unknown = JSON.parse(readFileSync(`${published}/${name}`, 'utf8'));
    for (const record of Array.isArray(content) ? content : [content]) {
      const isEnvelope = Object.hasOwn(record as object, 'detail');
      const detail = (isEnvelope ? (record as { detail: unknown }).detail : record) as {
        recipientAccountId: string;
        eventName: string;
        errorCode?: string;
      };
      const envelope = isEnvelope
        ? record
        : { source: 'aws.iam', account: detail.recipientAccountId, region: 'us-east-1', detail };
      const isOurs =
        ['CreateRole', 'DeleteRole', 'TagRole'].includes(detail.eventName) && detail.errorCode === undefined;
      expect([detail.eventName, parseRoleEvent(envelope, [detail.recipientAccountId]).kind]).toEqual([
        detail.eventName,
        isOurs ? 'role' : 'ignored',
      ]);
    }
  });
});
