import { encodeRoleName } from '../core/grant-parameters.ts';
import { projectOf } from '../core/service-account.ts';

// Their values go into commands that people paste into a shell. So each pattern takes only characters that mean nothing
// there. And each takes a bounded number of them from any place, so that a long text costs no more than its length.
const role = String.raw`([\w+=,.@-]{0,63}[\w+=@-])`;
const projectId = '([a-z][a-z0-9-]{4,28}[a-z0-9])';
const anyProject = '([a-z0-9][a-z0-9-]{4,28}[a-z0-9])';
const pool = String.raw`projects/(\d{6,20})/locations/global/workloadIdentityPools`;

/** Where the parts of an error are named, in a record. */
const patterns: Readonly<Record<string, readonly RegExp[]>> = {
  ROLE: [
    new RegExp(String.raw`:assumed-role/${role}`, 'g'),
    new RegExp(String.raw`:role/(?:[\w+=,.@-]{1,64}/){0,8}${role}`, 'g'),
    new RegExp(String.raw`/security-credentials/${role}`, 'g'),
    new RegExp(String.raw`\brole ${role} (?:yet|may not read|of account)\b`, 'g'),
    new RegExp(String.raw`\bcredentials for role ${role}`, 'g'),
  ],
  AWS_ACCOUNT: [
    /\barn:aws[a-z-]{0,10}:[a-z0-9-]{1,20}:[a-z0-9-]{0,20}:(\d{12}):/g,
    /\bof account (\d{12})\b/g,
  ],
  REGION: [
    /\b((?:af|ap|ca|eu|il|me|mx|sa|us)-(?:gov-)?(?:central|east|north|northeast|northwest|south|southeast|southwest|west)-\d)\b/g,
  ],
  SERVICE_ACCOUNT: [/\b([a-z0-9][a-z0-9.-]{0,62}@[a-z0-9][a-z0-9.-]{0,120}\.gserviceaccount\.com)\b/g],
  PROJECT: [
    new RegExp(`\\bin project ${projectId}\\b`, 'g'),
    new RegExp(`\\bprojects/${projectId}/serviceAccounts\\b`, 'g'),
  ],
  RESOURCE: [
    /\b(buckets\/[a-z0-9][a-z0-9._-]{1,61}[a-z0-9])\b/g,
    new RegExp(
      `\\b(projects/${anyProject.slice(1, -1)}/(?:datasets|secrets|topics|subscriptions)/[A-Za-z0-9_.+-]{0,254}\\w)\\b`,
      'g',
    ),
  ],
  PROJECT_NUMBER: [new RegExp(pool, 'g')],
  POOL: [/\/workloadIdentityPools\/([a-z0-9-]{4,32})\b/g],
  PROVIDER: [/\/workloadIdentityPools\/[a-z0-9-]{4,32}\/providers\/([a-z0-9-]{4,32})\b/g],
  API_PROJECT: [
    new RegExp(`\\bnot been used in project ${anyProject}\\b`, 'g'),
    new RegExp(`\\bto use project ${anyProject}\\b`, 'g'),
  ],
  API_NAME: [
    /\/([a-z]{2,40}\.googleapis\.com)\/overview\b/g,
    /"service": ?"([a-z]{2,40}\.googleapis\.com)"/g,
  ],
};

export type Parts = Readonly<Record<string, string>>;

/** The words in capitals that steps may hold and that a text can fill in. */
export const partNames: readonly string[] = Object.keys(patterns);

/** Collects the parts that texts name. */
export interface PartCollector {
  readonly add: (text: string) => void;
  /** The parts. One that the texts do not name comes from `others`; one of which they name two is left out. */
  readonly parts: (others?: Parts) => Parts;
}

export const collectParts = (): PartCollector => {
  const found = new Map(partNames.map((name) => [name, new Set<string>()] as const));
  return {
    add: (text) => {
      for (const [name, values] of found) {
        // Two are as good as more: the part is left out.
        if (values.size > 1) continue;
        for (const place of patterns[name] ?? [])
          for (const [, value] of text.matchAll(place)) values.add(String(value));
      }
    },
    parts: (others = {}) => {
      const parts = Object.fromEntries(
        [...found].flatMap(([name, values]) => {
          if (values.size > 1) return [];
          const value = values.values().next().value ?? others[name];
          return value === undefined ? [] : [[name, value] as const];
        }),
      );
      const { SERVICE_ACCOUNT: email } = parts;
      const project = email === undefined ? undefined : projectOf(email);
      return project === undefined ? parts : { ...parts, PROJECT: project };
    },
  };
};

/** A step with the parts in it. In the path of a parameter, a role is spelled as its folder is. */
export const fill = (step: string, parts: Parts): string =>
  step.replaceAll(
    /(\/google-access\/)?\b([A-Z][A-Z_]+)\b/g,
    (all, path: string | undefined, name: string) => {
      const value = Object.hasOwn(parts, name) ? parts[name] : undefined;
      if (value === undefined) return all;
      return path === undefined ? value : `${path}${encodeRoleName(value)}`;
    },
  );
