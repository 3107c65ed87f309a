(() => {
  const faults = [];
  const wide = document.documentElement.scrollWidth;
  if (wide > innerWidth) faults.push(`${wide} pixels wide in a window of ${innerWidth}`);

  for (const control of document.querySelectorAll("button, input, select, textarea, a, summary")) {
    if (control.checkVisibility() && !(control.ariaLabel || control.labels?.length || control.textContent.trim())) faults.push(`no name: ${control.outerHTML}`);
  }

  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgb = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return canvas.getImageData(0, 0, 1, 1).data;
  };
  const luminance = (colour) => [0.2126, 0.7152, 0.0722].reduce((sum, share, i) => {
    const part = rgb(colour)[i] / 255;
    return sum + share * (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  }, 0);
  const ground = (element) => {
    for (; element; element = element.parentElement) {
      const colour = getComputedStyle(element).backgroundColor;
      if (rgb(colour)[3] === 255) return colour;
    }
    return "white";
  };
  for (const element of document.querySelectorAll("body *")) {
    if (element.closest("script") || !element.checkVisibility()) continue;
    if (![...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim())) continue;
    const style = getComputedStyle(element);
    const [high, low] = [luminance(element.closest("svg") ? style.fill : style.color), luminance(ground(element))].sort((x, y) => y - x);
    const contrast = (high + 0.05) / (low + 0.05);
    if (contrast < 4.5) faults.push(`contrast ${contrast.toFixed(1)}: ${element.localName}.${element.getAttribute("class")} ${element.textContent.slice(0, 30)}`);
  }
  return faults;
})()
