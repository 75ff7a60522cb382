/* Runs in every browser back to IE 8, so it is written in the oldest JavaScript. A browser that cannot run the desk gets one plain page
   that says which browser can, instead of a white screen. */
(function () {
  var able = typeof Symbol === 'function' && typeof Promise === 'function' && typeof String.prototype.replaceAll === 'function' &&
    'noModule' in document.createElement('script') && !!(window.CSS && CSS.supports && CSS.supports('(--a: 0)'));
  if (able) return;
  function show() {
    var box = document.getElementById('app');
    if (!box) return;
    document.title = '请更换浏览器';
    box.innerHTML =
      '<div style="max-width:560px;margin:12% auto 0;padding:32px 36px;border:1px solid #dde3ea;background:#fff;font:16px/1.9 \'Microsoft YaHei\',SimSun,sans-serif;color:#1f2a37">' +
      '<h1 style="margin:0 0 12px;font-size:22px">请更换浏览器</h1>' +
      '<p style="margin:0 0 12px">本系统不支持 IE 和较旧的浏览器。请使用：</p>' +
      '<ul style="margin:0 0 12px;padding-left:1.4em"><li>360 浏览器的<b>极速模式</b>（地址栏右侧的图标可切换）</li><li>Microsoft Edge</li><li>Chrome 87 以上</li></ul>' +
      '<p style="margin:0;color:#4b5867">Windows 7 电脑可安装 Chrome 109。如不能自行安装，请联系单位的系统管理员。</p></div>';
  }
  if (document.addEventListener) document.addEventListener('DOMContentLoaded', show);
  else window.attachEvent('onload', show);
})();
