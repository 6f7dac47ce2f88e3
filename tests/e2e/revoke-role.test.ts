import { startCloud } from '../support/cloud.ts';
import { command, variablesOf } from '../support/command-line.ts';
import { reader, writer } from '../support/settings.ts';

describe('invariant 7: revoke --role proves nothing while another spelling of the role is bound', () => {
  it.each(['reports', 'REPORTS'])('bound by hand as %s on another account', async (spelling) => {
    const cloud = await startCloud();
    try {
      for (const name of [reader, writer]) cloud.addServiceAccount(name);
      await cloud.createRole('reports', { 'google-access': reader });
      await cloud.settled();
      await cloud.sweep(); // it judges the table: no blind spot is left
      const { bindings = [] } = cloud.google.policy(reader).current();
      const text = JSON.stringify(bindings).replaceAll('assumed-role/reports', `assumed-role/${spelling}`);
      cloud.google.policy(writer).replace({ bindings: JSON.parse(text) });
      const said = await command(variablesOf(cloud), 'revoke', '--role', 'reports', '--yes');
      expect(JSON.stringify(cloud.google.policy(writer).current())).toContain(`assumed-role/${spelling}`);
      expect(said.stdout).not.toContain('is bound nowhere');
      expect(said.status).toBe(1);
    } finally {
      await cloud.close();
    }
  });
});
