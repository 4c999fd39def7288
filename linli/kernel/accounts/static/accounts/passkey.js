// Says in the page's live region when the browser or its owner did not go through with a passkey, instead of failing silently.
document.addEventListener('allauth.error', (event) => {
  event.preventDefault()
  const live = document.querySelector('[data-live]')
  const said = document.documentElement.lang.startsWith('zh')
    ? '通行密钥没有用成：可能取消了，或者这台设备上没有。可以再试，或换一种方式。'
    : 'The passkey was not used: cancelled, or none on this device. Try again, or sign in another way.'
  if (live) live.textContent = said
})
