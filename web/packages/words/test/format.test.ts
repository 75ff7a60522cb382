import { describe, expect, it } from 'vitest'
import { bytes, count, dayLong, dayShort, daysBetween, daysLeft, errorSentence, hundredths, instant, money, ordinal, percent, place, shortHash, span } from '../src'

describe('numbers', () => {
  it('groups thousands', () => {
    expect([0, 999, 1000, 1234567, -1234].map(count)).toEqual(['0', '999', '1,000', '1,234,567', '-1,234'])
  })
  it('writes fen as yuan', () => {
    expect([690000, 690050, 5, -12345].map(money)).toEqual(['6,900元', '6,900.50元', '0.05元', '-123.45元'])
  })
  it('writes hundredths without tail zeros', () => {
    expect([250, 300, 12345, 5].map(hundredths)).toEqual(['2.5', '3', '123.45', '0.05'])
  })
  it('rounds shares down, so that 100.0% is all', () => {
    expect(percent(9999, 10000)).toBe('99.9%')
    expect(percent(10000, 10000)).toBe('100.0%')
    expect(percent(0, 0)).toBe('—')
  })
})

describe('days', () => {
  it('drops leading zeros', () => {
    expect(dayShort('2022-09-08')).toBe('9月8日')
    expect(dayLong('2022-09-18')).toBe('2022年9月18日')
    expect(dayShort('不详')).toBe('不详')
  })
  it('shows instants in county time wherever the browser is', () => {
    expect(instant(Date.UTC(2022, 8, 18, 16, 5))).toBe('2022-09-19 00:05')
  })
  it('counts across a month', () => {
    expect(daysBetween('2022-09-28', '2022-10-02')).toBe(4)
  })
  it('says how long is left', () => {
    expect(daysLeft(3, true)).toEqual({ text: '还剩3个工作日', urgency: 'soon' })
    expect(daysLeft(-2)).toEqual({ text: '逾期2天', urgency: 'late' })
    expect(daysLeft(0)).toEqual({ text: '今日到期', urgency: 'today' })
    expect(daysLeft(9)).toEqual({ text: '还剩9天', urgency: 'calm' })
  })
})

describe('places', () => {
  it('are called as people call them', () => {
    expect(['李宋楼村民委员会', '大王村村民委员会', '丰产河社区居民委员会', '尤庄居民委员会', '白集镇'].map(place)).toEqual(['李宋楼村', '大王村', '丰产河社区', '尤庄居委会', '白集镇'])
  })
})

describe('texts', () => {
  it('keeps the server sentence unless the desk knows better', () => {
    expect(errorSentence('problem.wrong_state', 409, '该问题已受理，请刷新。')).toBe('该问题已受理，请刷新。')
    expect(errorSentence('session.expired', 401, 'x')).toMatch('重新登录')
    expect(errorSentence('x.y', 503, '')).toMatch('系统管理员')
  })
  it('formats the small things', () => {
    expect(shortHash('0123456789abcdef0123')).toBe('0123 4567 89ab cdef')
    expect(bytes(1536)).toBe('1.5 KB')
    expect([59_999, 60_000, 7_500_000, 86_400_000].map(span)).toEqual(['0分钟', '1分钟', '2小时', '1天'])
    expect([1, 10, 11, 22].map(ordinal)).toEqual(['一', '十', '十一', '二十二'])
  })
})
