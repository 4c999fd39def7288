/* Reads the code of a paper ballot with the camera, where the browser can; typing it always works. */
const form = document.querySelector("[data-scan]");
const start = form?.querySelector("[data-scan-start]");

if (start && "BarcodeDetector" in window && navigator.mediaDevices) start.hidden = false;

start?.addEventListener("click", async () => {
  const video = form.querySelector("[data-scan-video]");
  const live = form.querySelector("[data-scan-live]");
  let stream;
  try {
    const reader = new BarcodeDetector({ formats: ["qr_code"] });
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    video.srcObject = stream;
    video.hidden = false;
    await video.play();
    const look = async () => {
      if (video.hidden) return;
      const [found] = await reader.detect(video).catch(() => []);
      if (!found) return void setTimeout(look, 200);
      stream.getTracks().forEach((track) => track.stop());
      video.hidden = true;
      form.elements.code.value = found.rawValue.replace(/\/+$/, "").split("/").pop();
      form.requestSubmit();
    };
    look();
  } catch {
    stream?.getTracks().forEach((track) => track.stop());
    live.textContent = form.dataset.sayNone;
  }
});
