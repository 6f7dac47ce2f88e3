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
        requestParameters?: { tags?: { key: string }[] } | null;
      };
      const envelope = isEnvelope
        ? record
        : { source: 'aws.iam', account: detail.recipientAccountId, region: 'us-east-1', detail };
      const tagKey = detail.requestParameters?.tags?.[0]?.key.toLowerCase();
      const isOurs =
        (detail.eventName === 'DeleteRole' ||
          (['CreateRole', 'TagRole'].includes(detail.eventName) && tagKey !== undefined)) &&
        detail.errorCode === undefined;
      const { kind } = parseRoleEvent(envelope, [detail.recipientAccountId], tagKey ?? 'google-access');
      expect([detail.eventName, kind]).toEqual([detail.eventName, isOurs ? 'role' : 'ignored']);
    }
  });
});
