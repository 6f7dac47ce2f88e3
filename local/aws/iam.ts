import { AwsError, type Input, text } from './call.ts';

export interface LocalTag {
  readonly key: string;
  readonly value: string;
}

export interface LocalRole {
  readonly roleName: string;
  readonly roleId: string;
  readonly path: string;
  readonly createDate: Date;
  readonly tags: readonly LocalTag[];
}

/** What a write was, for CloudTrail. */
export interface IamWrite {
  readonly eventName: string;
  readonly requestParameters: unknown;
  readonly responseElements: unknown;
}

export interface Iam {
  readonly perform: (action: string, input: Input) => string;
  readonly role: (roleName: string) => LocalRole | undefined;
  /** IAM reads lag behind its writes: the next reads of this role see the state before its last write. */
  readonly serveStale: (roleName: string, reads: number) => void;
  readonly arnOf: (roleName: string) => string;
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_Tag.html */
const tagText = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

const escapeXml = (value: string): string =>
  value.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const tagsXml = (tags: readonly LocalTag[]): string =>
  `<Tags>${tags.map(({ key, value }) => `<member><Key>${escapeXml(key)}</Key><Value>${escapeXml(value)}</Value></member>`).join('')}</Tags>`;

/** The query protocol numbers its lists: Tags.member.1.Key. */
const members = (input: Input, prefix: string): readonly string[] =>
  Object.keys(input)
    .filter((name) => name.startsWith(`${prefix}.member.`))
    .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));

const tagsOf = (input: Input): readonly LocalTag[] =>
  members(input, 'Tags')
    .filter((name) => name.endsWith('.Key'))
    .map((name) => ({ key: text(input, name), value: text(input, name.replace(/Key$/, 'Value')) }));

const checkTags = (tags: readonly LocalTag[]): void => {
  for (const { key, value } of tags) {
    if (
      key.length < 1 ||
      key.length > 128 ||
      value.length > 256 ||
      !tagText.test(key) ||
      !tagText.test(value)
    ) {
      throw new AwsError('ValidationError', `1 validation error detected: the tag ${key} is not valid`);
    }
  }
};

/** Tag keys are unique whatever their case; the last writer's spelling stays. */
const mergeTags = (old: readonly LocalTag[], added: readonly LocalTag[]): readonly LocalTag[] => {
  const merged = new Map([...old, ...added].map((tag) => [tag.key.toLowerCase(), tag]));
  if (merged.size > 50)
    throw new AwsError('LimitExceeded', 'The number of tags has reached the maximum limit.', 409);
  return [...merged.values()];
};

export const createIam = (accountId: string, onWrite: (write: IamWrite) => void): Iam => {
  const roles = new Map<string, LocalRole>();
  const before = new Map<string, LocalRole | undefined>();
  const stale = new Map<string, number>();
  let created = 0;

  const find = (roleName: string): LocalRole => {
    const role = roles.get(roleName.toLowerCase());
    if (role === undefined)
      throw new AwsError('NoSuchEntity', `The role with name ${roleName} cannot be found.`, 404);
    return role;
  };
  const store = (roleName: string, role: LocalRole | undefined): void => {
    const key = roleName.toLowerCase();
    before.set(key, roles.get(key));
    if (role === undefined) roles.delete(key);
    else roles.set(key, role);
  };
  const read = (roleName: string): LocalRole => {
    const key = roleName.toLowerCase();
    const left = stale.get(key) ?? 0;
    if (left === 0) return find(roleName);
    stale.set(key, left - 1);
    const old = before.get(key);
    if (old === undefined)
      throw new AwsError('NoSuchEntity', `The role with name ${roleName} cannot be found.`, 404);
    return old;
  };
  const arn = (role: Pick<LocalRole, 'path' | 'roleName'>): string =>
    `arn:aws:iam::${accountId}:role${role.path}${role.roleName}`;
  const roleXml = (role: LocalRole): string =>
    `<Role><Path>${role.path}</Path><RoleName>${role.roleName}</RoleName><RoleId>${role.roleId}</RoleId><Arn>${arn(role)}</Arn>` +
    `<CreateDate>${role.createDate.toISOString()}</CreateDate><AssumeRolePolicyDocument>%7B%7D</AssumeRolePolicyDocument>${tagsXml(role.tags)}</Role>`;

  const actions: Readonly<Record<string, (input: Input, roleName: string) => string>> = {
    GetRole: (_, roleName) => roleXml(read(roleName)),
    ListRoleTags: (_, roleName) => `${tagsXml(read(roleName).tags)}<IsTruncated>false</IsTruncated>`,
    CreateRole: (input, roleName) => {
      if (!/^[\w+=,.@-]{1,64}$/.test(roleName))
        throw new AwsError('ValidationError', `The role name ${roleName} is not valid.`);
      if (roles.has(roleName.toLowerCase()))
        throw new AwsError('EntityAlreadyExists', `Role with name ${roleName} already exists.`, 409);
      const tags = tagsOf(input);
      checkTags(tags);
      created += 1;
      const role = {
        roleName,
        path: text(input, 'Path') || '/',
        roleId: `AROA${String(created).padStart(17, '0')}`,
        createDate: new Date(),
        tags: mergeTags([], tags),
      };
      store(roleName, role);
      const described = {
        roleName,
        ...(input['Path'] === undefined ? {} : { path: role.path }),
        ...(tags.length === 0 ? {} : { tags }),
      };
      onWrite({
        eventName: 'CreateRole',
        requestParameters: {
          ...described,
          assumeRolePolicyDocument: text(input, 'AssumeRolePolicyDocument'),
        },
        responseElements: {
          role: {
            ...described,
            path: role.path,
            roleId: role.roleId,
            arn: arn(role),
            createDate: role.createDate.toUTCString(),
          },
        },
      });
      return roleXml(role);
    },
    DeleteRole: (_, roleName) => {
      find(roleName);
      store(roleName, undefined);
      onWrite({ eventName: 'DeleteRole', requestParameters: { roleName }, responseElements: null });
      return '';
    },
    TagRole: (input, roleName) => {
      const role = find(roleName);
      const tags = tagsOf(input);
      checkTags(tags);
      store(roleName, { ...role, tags: mergeTags(role.tags, tags) });
      onWrite({ eventName: 'TagRole', requestParameters: { roleName, tags }, responseElements: null });
      return '';
    },
    UntagRole: (input, roleName) => {
      const role = find(roleName);
      const tagKeys = members(input, 'TagKeys').map((name) => text(input, name));
      const gone = new Set(tagKeys.map((key) => key.toLowerCase()));
      store(roleName, { ...role, tags: role.tags.filter(({ key }) => !gone.has(key.toLowerCase())) });
      onWrite({ eventName: 'UntagRole', requestParameters: { roleName, tagKeys }, responseElements: null });
      return '';
    },
  };

  return {
    perform: (action, input) => {
      const run = actions[action];
      if (run === undefined) throw new AwsError('InvalidAction', `The stand-in does not know iam:${action}.`);
      return `<${action}Result>${run(input, text(input, 'RoleName'))}</${action}Result>`;
    },
    role: (roleName) => roles.get(roleName.toLowerCase()),
    serveStale: (roleName, reads) => void stale.set(roleName.toLowerCase(), reads),
    arnOf: (roleName) => arn(roles.get(roleName.toLowerCase()) ?? { path: '/', roleName }),
  };
};
