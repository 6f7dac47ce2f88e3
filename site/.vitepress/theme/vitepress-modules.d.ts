declare module '@localSearchIndex' {
  const indexes: { readonly root: () => Promise<unknown> };
  export default indexes;
}
