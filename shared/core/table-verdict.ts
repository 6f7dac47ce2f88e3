import { isRecord, parseJson } from './json.ts';
import type { Timestamp } from './model.ts';
import type { RoleKey } from './role-key.ts';
import { isProjectNumber, sweepPartition } from './scope.ts';
import { projectOfResource, type ResourceName } from './service-account.ts';
import type { ItemKey } from './table-item.ts';

/**
 * What the sweep concluded when it first saw the table. `emptied`: our pool had members that the table did not know, so
 * it may have forgotten more than we can find; a person must answer. `answered`: a person did.
 */
export interface TableVerdict {
  readonly verdict: 'fresh' | 'emptied' | 'answered';
  readonly at: Timestamp;
  /** The person who answered: the caller's ARN, as STS confirmed it. */
  readonly answeredBy?: string;
  /** The revision of `initialized` in the scope that was judged: with another one, that was removed since. */
  readonly generation?: string;
  /** For `fresh`: the places that were not seen then. Their bindings are judged when they are seen; all others were judged. */
  readonly unseen?: Unseen;
}

/** Names of what a sweep could not search for bindings that the table does not list. */
export type Unseen = Readonly<Record<(typeof unseenKinds)[number], readonly string[]>>;

/**
 * Service accounts; projects that could not be listed; pools whose owner is not proven; roles whose items could not be read;
 * AWS accounts whose roles could not be listed.
 */
const unseenKinds = ['resources', 'projects', 'pools', 'roles', 'accounts'] as const;

export const verdictKey: ItemKey = { pk: sweepPartition, sk: 'table' };

/** Without AWS accounts, in the form that versions know which work in one account only. */
export const writeVerdict = ({ unseen, ...verdict }: TableVerdict): string => {
  if (unseen === undefined) return JSON.stringify({ version: 1, ...verdict });
  const { accounts, ...others } = unseen;
  return JSON.stringify({
    version: 1,
    ...verdict,
    unseen: accounts.length === 0 ? others : { ...others, accounts },
  });
};

export const readVerdict = (body: string): TableVerdict | undefined => {
  const value = parseJson(body);
  if (!isRecord(value) || value['version'] !== 1) return undefined;
  const { verdict, at, answeredBy, generation, unseen } = value;
  const isKnown = verdict === 'fresh' || verdict === 'emptied' || verdict === 'answered';
  if (!isKnown || typeof at !== 'string' || Number.isNaN(Date.parse(at))) return undefined;
  const known = unseen === undefined ? undefined : readUnseen(unseen);
  if (unseen !== undefined && known === undefined) return undefined;
  return {
    verdict,
    at,
    ...(typeof answeredBy === 'string' ? { answeredBy } : {}),
    ...(typeof generation === 'string' ? { generation } : {}),
    ...(known === undefined ? {} : { unseen: known }),
  };
};

const readUnseen = (value: unknown): Unseen | undefined => {
  const whole = isRecord(value) ? { accounts: [], ...value } : undefined;
  return isUnseen(whole) ? whole : undefined;
};

const isUnseen = (value: unknown): value is Unseen =>
  isRecord(value) &&
  Object.keys(value).length === unseenKinds.length &&
  unseenKinds.every((kind) => {
    const names = value[kind];
    return Array.isArray(names) && names.every((name) => typeof name === 'string');
  });

/** Where a binding of ours is. */
export interface BindingPlace {
  readonly resource: ResourceName;
  readonly pool: string;
  readonly role: RoleKey;
}

/** Whether the scope that was judged is the one that the table has now. */
export const isSameGeneration = (verdict: TableVerdict, generation: string | undefined): boolean =>
  verdict.generation === undefined || verdict.generation === generation;

/** Whether there is anything to judge: the whole table, or the places that no sweep has seen yet. */
export const isOpen = ({
  verdict,
  generation,
}: {
  readonly verdict?: TableVerdict;
  readonly generation?: string;
}): boolean =>
  verdict === undefined || (verdict.unseen !== undefined && isSameGeneration(verdict, generation));

/** Whether a sweep, or a person, has judged the bindings at a place: if the table lacks one, it was not emptied since. */
export const isJudged = (
  verdict: TableVerdict | undefined,
  generation: string | undefined,
  { resource, pool, role }: BindingPlace,
): boolean => {
  if (verdict === undefined || verdict.verdict === 'emptied' || !isSameGeneration(verdict, generation))
    return false;
  const { unseen } = verdict;
  return !(
    unseen !== undefined &&
    (unseen.resources.includes(resource) ||
      unseen.pools.includes(pool) ||
      unseen.roles.includes(role) ||
      unseen.accounts.includes(accountOf(role)) ||
      isInProjects(unseen.projects, resource))
  );
};

/** A role's key is `aws:<account>:<name>`. */
const accountOf = (role: RoleKey): string => String(role.split(':')[1]);

/** The same project may be named by its id and by its number, and an e-mail may name none. */
const isInProjects = (projects: readonly string[], resource: ResourceName): boolean => {
  const id = projectOfResource(resource);
  const isAnyOnes = isProjectNumber(id) || id === '-';
  return projects.some((project) => project === id || isAnyOnes || isProjectNumber(project));
};

/**
 * What is still to be judged. `before`: what was so far, if the table was judged before; `now`: everything that was not seen
 * now; `isSeen`: whether a name was seen now. A binding is judged only if one sweep sees its account, pool and role, so when
 * a name is seen, those that are not seen with it are to be judged again.
 */
export const stillUnseen = (
  before: Unseen | undefined,
  now: Unseen,
  isSeen: (kind: keyof Unseen, name: string) => boolean,
): Unseen => {
  if (before === undefined) return eachKind((kind) => now[kind]);
  const isAnySeen = unseenKinds.some((kind) => before[kind].some((name) => isSeen(kind, name)));
  return isAnySeen
    ? eachKind((kind) => [...before[kind].filter((name) => !isSeen(kind, name)), ...now[kind]])
    : before;
};

const eachKind = (names: (kind: keyof Unseen) => readonly string[]): Unseen => {
  const sorted = (kind: keyof Unseen): readonly string[] => [...new Set(names(kind))].toSorted();
  return {
    resources: sorted('resources'),
    projects: sorted('projects'),
    pools: sorted('pools'),
    roles: sorted('roles'),
    accounts: sorted('accounts'),
  };
};

/** DynamoDB takes 400 KB an item; the rest of a verdict has less than 10,000 bytes. */
const maxBytes = 380_000;

/** The same in the space of one item: too many accounts are named by their projects. Undefined if that is too much, too. */
export const fittingUnseen = (unseen: Unseen): Unseen | undefined => {
  const isFit = (one: Unseen): boolean => Buffer.byteLength(JSON.stringify(one)) <= maxBytes;
  if (isFit(unseen)) return unseen;
  const projects = [...unseen.projects, ...unseen.resources.map(projectOfResource)];
  const byProject = eachKind((kind) => ({ ...unseen, resources: [], projects })[kind]);
  return isFit(byProject) ? byProject : undefined;
};

export const isNothingUnseen = (unseen: Unseen): boolean =>
  unseenKinds.every((kind) => unseen[kind].length === 0);
