import theme from 'vitepress/theme-without-fonts';
import './diagram.css';

export default theme;
