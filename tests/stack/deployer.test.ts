import { readTemplate } from '../../local/stack/template.ts';
import { loadSettings } from '../../shared/config/config.ts';
import { resourceTypes } from '../../shared/permissions/handlers.ts';
import { notificationResources } from '../../stack/notifications.ts';
import { accountId } from '../support/settings.ts';

const settings = loadSettings('rolebridge.yml');
const typesOfTemplate = readTemplate('.serverless/cloudformation-template-update-stack.json', {
  accountId,
  region: 'us-east-1',
  endpoint: 'http://127.0.0.1',
}).resources.map(({ type }) => type);

it('the deployer’s policy covers the types of resources in the packaged stack, and no others', () => {
  expect(resourceTypes(settings)).toEqual([...new Set(typesOfTemplate)].toSorted());
});

it('with notifications by e-mail, it also covers theirs', () => {
  const withEmail = {
    ...settings,
    notifications: { email: 'ops@example.com', outcomes: ['Failed' as const] },
  };
  const added = Object.values(notificationResources(withEmail).Resources ?? {}).map(({ Type }) => Type);
  expect(resourceTypes(withEmail)).toEqual([...new Set([...typesOfTemplate, ...added])].toSorted());
});
