/**
 * A file for `.` in a POSIX shell: sets some variables and unsets others, and defines `deactivate`, as Python's venv does, which
 * restores them.
 */
export const environmentFile = (
  environment: Readonly<Record<string, string>>,
  unset: readonly string[] = [],
): string => {
  const variables = Object.entries(environment);
  const names = [...variables.map(([name]) => name), ...unset];
  return [
    "# Leads this shell's programs to the local world of rolebridge. To leave it: deactivate",
    // Otherwise a second `.` would save the first one's values.
    `[ -z "\${${active}-}" ] || deactivate`,
    `${active}=1`,
    ...names.map((name) => `${had(name)}="\${${name}+1}" ${old(name)}="\${${name}-}"`),
    ...variables.map(([name, value]) => `export ${name}='${value.replaceAll("'", String.raw`'\''`)}'`),
    ...unset.map((name) => `unset ${name}`),
    'deactivate() {',
    ...names.flatMap((name) => [
      `  if [ -n "$${had(name)}" ]; then export ${name}="$${old(name)}"; else unset ${name}; fi`,
      `  unset ${had(name)} ${old(name)}`,
    ]),
    `  unset ${active}`,
    '  unset -f deactivate',
    '}',
    '',
  ].join('\n');
};

const active = '_rolebridge_local';

const had = (name: string): string => `_rolebridge_had_${name}`;

const old = (name: string): string => `_rolebridge_old_${name}`;
