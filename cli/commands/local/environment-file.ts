/** A file for `.` in a POSIX shell: sets the variables, and defines `deactivate`, as Python's venv does, which restores them. */
export const environmentFile = (environment: Readonly<Record<string, string>>): string => {
  const variables = Object.entries(environment);
  return [
    "# Leads this shell's programs to the local world of rolebridge. To leave it: deactivate",
    // Otherwise a second `.` would save the first one's values.
    `[ -z "\${${active}-}" ] || deactivate`,
    `${active}=1`,
    ...variables.flatMap(([name, value]) => [
      `${had(name)}="\${${name}+1}" ${old(name)}="\${${name}-}"`,
      `export ${name}='${value.replaceAll("'", String.raw`'\''`)}'`,
    ]),
    'deactivate() {',
    ...variables.flatMap(([name]) => [
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
