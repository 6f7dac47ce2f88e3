import { inBrowser, type Theme } from 'vitepress';
import theme from 'vitepress/theme-without-fonts';
import './diagram.css';
import './site.css';
import { loadSearchEarly } from './load-search-early.ts';

export default {
  extends: theme,
  enhanceApp: () => {
    if (inBrowser) loadSearchEarly();
  },
} satisfies Theme;
