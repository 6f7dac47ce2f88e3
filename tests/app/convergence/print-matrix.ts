import { allCells, matrixText, runMatrix } from './matrix.ts';

const startedAt = performance.now();
const rows = await runMatrix();
console.log(matrixText(rows));
for (const { scenario, fault, position, differences } of allCells(rows))
  if (differences.length > 0)
    console.log(`\n${scenario}, ${fault} at call ${position}:\n  ${differences.join('\n  ')}`);
console.error(`${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
process.exitCode = allCells(rows).some(({ differences }) => differences.length > 0) ? 1 : 0;
