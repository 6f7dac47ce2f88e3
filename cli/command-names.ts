/** The names of all commands, for texts that name one. */
export const commandNames = [
  'init',
  'validate',
  'accounts',
  'setup',
  'deploy',
  'plan',
  'doctor',
  'roles',
  'history',
  'report',
  'keys',
  'wait',
  'revoke',
  'sweep',
  'resume',
  'forget',
  'adopt',
  'member',
  'permissions',
  'remove',
  'guard',
  'explain',
  'boot',
  'credentials',
  'local',
  'demo',
  'completion',
] as const;

const withoutStage: ReadonlySet<string> = new Set([
  'init',
  'validate',
  'accounts',
  'completion',
  'explain',
  'credentials',
  'local',
  'demo',
]);

/** The names of the commands that reach one stage of the stack. */
export const stageCommandNames = commandNames.filter((name) => !withoutStage.has(name));

const programs = [
  String.raw`(?:aws|gcloud|npm|npx) [a-z][\w-]*`,
  String.raw`(?:(?:node|npx) )?[\w./-]*rolebridge(?:\.mjs)? (?:--(?:stage|config) (?:'[^']*'|\S+) )*(?:${commandNames.join('|')})\b`,
].join('|');

/** A command in a text, which stands at the beginning of a line or after a colon, up to its end. */
export const commandPattern = new RegExp(
  String.raw`(?<=^\s*(?:[-$] )?|: )(?:${programs}).*?(?=\s{3}|\.(?:$| [A-Z])|$)`,
  'g',
);
