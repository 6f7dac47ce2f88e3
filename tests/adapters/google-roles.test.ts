import { googleRoles, type KnownGoogleRoles } from '../../shared/adapters/google/google-roles.ts';
import { googleSession, httpError } from '../support/google-session.ts';

const viewer = 'roles/storage.objectViewer';
const custom = 'projects/acme-data/roles/readers';
const answer = (name: string, rest: object = { includedPermissions: ['storage.objects.get'] }) => ({
  name,
  ...rest,
});
const notFound = (message: string) => httpError(404, { error: { code: 404, status: 'NOT_FOUND', message } });
const read = { kind: 'read', permissions: ['storage.objects.get'] };

let time = 0;
const clock = { now: () => new Date(time) };
const rolesThat = (respond: (url: string, count: number) => unknown, known: KnownGoogleRoles = new Map()) => {
  const urls: string[] = [];
  const session = googleSession((url, count) => {
    urls.push(url);
    const data = respond(url, count);
    if (data instanceof Error) throw data;
    return data;
  });
  return { urls, role: googleRoles(session, known, clock) };
};

beforeEach(() => {
  time = 0;
  jest.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => jest.restoreAllMocks());

it.each([viewer, custom, 'organizations/123/roles/readers'])('%s is read from its own path', async (name) => {
  const { role, urls } = rolesThat(() => answer(name));
  expect(await role(name)).toEqual(read);
  expect(urls).toEqual([`https://iam.googleapis.com/v1/${name}`]);
});

it('keeps a predefined role for an hour', async () => {
  const { role, urls } = rolesThat(() => answer(viewer));
  await role(viewer);
  time = 3_599_999;
  expect(await role(viewer)).toEqual(read);
  expect(urls).toHaveLength(1);
  time = 3_600_000;
  await role(viewer);
  expect(urls).toHaveLength(2);
});

it('keeps what it read for the next invocation', async () => {
  const known: KnownGoogleRoles = new Map();
  await rolesThat(() => answer(viewer), known).role(viewer);
  const { role, urls } = rolesThat(() => answer(viewer), known);
  expect(await role(viewer)).toEqual(read);
  expect(urls).toEqual([]);
});

it('reads a custom role each time', async () => {
  const { role, urls } = rolesThat((_, count) => answer(custom, count === 1 ? {} : { deleted: true }));
  expect(await role(custom)).toEqual({ kind: 'read', permissions: [] });
  expect(await role(custom)).toEqual({ kind: 'absent' });
  expect(urls).toHaveLength(2);
});

it('does not keep a predefined role that it could not read', async () => {
  const { role } = rolesThat((_, count) => (count === 1 ? {} : answer(viewer)));
  expect(await role(viewer)).toMatchObject({ kind: 'unreadable' });
  expect(await role(viewer)).toEqual(read);
});

it('a custom role is absent if Google names it in a NOT_FOUND', async () => {
  const { role } = rolesThat(() => notFound(`The role named ${custom} was not found.`));
  expect(await role(custom)).toEqual({ kind: 'absent' });
});

it.each<[string, string, unknown]>([
  ['a NOT_FOUND without its name', custom, notFound('Requested entity was not found.')],
  ['a NOT_FOUND of a longer name', custom, notFound(`The role named ${custom}.v2 was not found.`)],
  ['a wrong endpoint', custom, notFound('Method not found.')],
  ['a proxy', custom, httpError(404, `<html>${custom} was not found</html>`)],
  ['a NOT_FOUND of a predefined role', viewer, notFound(`The role named ${viewer} was not found.`)],
  [
    'a missing permission',
    custom,
    httpError(403, { error: { status: 'PERMISSION_DENIED', message: 'denied' } }),
  ],
  ['an outage', viewer, httpError(503, { error: { status: 'UNAVAILABLE', message: 'injected' } })],
  ['an empty object', viewer, {}],
  ['another role', viewer, answer('roles/viewer')],
  ['permissions that are no list', viewer, answer(viewer, { includedPermissions: 'all' })],
  ['a page', viewer, 'Welcome to nginx!'],
])('after %s it is unreadable, with the reason', async (_, name, data) => {
  expect(await rolesThat(() => data).role(name)).toEqual({
    kind: 'unreadable',
    reason: expect.stringContaining(name),
  });
});

it('names the permission that reading a custom role requires', async () => {
  const { role } = rolesThat(() =>
    httpError(403, { error: { status: 'PERMISSION_DENIED', message: 'denied' } }),
  );
  expect(await role(custom)).toMatchObject({
    reason: expect.stringContaining('rolebridge needs iam.roles.get on projects/acme-data.'),
  });
});
