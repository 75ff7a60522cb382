// Chinese texts and the way officials write numbers, money and days. No DOM, no Vue.
export * from './format'
export * from './text'
export * from './help'
