/** For a program that asks which Node it runs on. */
Object.defineProperty(process, 'version', { value: 'v20.0.0' });
Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.0.0' } });
