/* Shows chosen pictures, makes large ones smaller before they are sent, and says at once when a file is too big. */
import { say } from "./words.js";

const LONGEST = 2000;

async function smaller(file) {
  if (!/^image\/(jpeg|png|webp)$/.test(file.type) || file.size < 600_000) return file;
  try {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
    return blob && blob.size < file.size ? new File([blob], file.name.replace(/\.\w+$/, ".jpg"), { type: "image/jpeg" }) : file;
  } catch {
    return file;
  }
}

export function start(root) {
  for (const field of root.querySelectorAll("[data-photo]")) {
    const input = field.querySelector("input[type=file]");
    const list = field.querySelector("[data-previews]");
    if (!input || !list) continue;
    const most = Number(input.dataset.maxMb || 10);
    let chosen = [];

    const put = () => {
      const bag = new DataTransfer();
      chosen.forEach((file) => bag.items.add(file));
      input.files = bag.files;
    };
    const draw = (refused) => {
      list.replaceChildren();
      for (const file of chosen) {
        const item = document.createElement("li");
        if (file.type.startsWith("image/")) {
          const picture = document.createElement("img");
          picture.alt = file.name;
          picture.src = URL.createObjectURL(file);
          picture.onload = () => URL.revokeObjectURL(picture.src);
          item.append(picture);
        } else item.append(file.name);
        const drop = document.createElement("button");
        drop.type = "button";
        drop.className = "btn is-quiet";
        drop.textContent = say("Remove");
        drop.setAttribute("aria-label", `${say("Remove")} ${file.name}`);
        drop.addEventListener("click", () => { chosen = chosen.filter((other) => other !== file); put(); draw([]); });
        item.append(drop);
        list.append(item);
      }
      for (const file of refused) {
        const item = document.createElement("li");
        item.className = "is-refused";
        item.textContent = say("TooBig", { name: file.name, mb: (file.size / 1e6).toFixed(1), max: most });
        list.append(item);
      }
    };
    field.parentElement?.addEventListener("linli:instead", (event) => {
      if (event.target === field || !field.closest("[data-papers]")) return;
      chosen = [];
      put();
      draw([]);
    });
    input.addEventListener("change", async () => {
      const files = await Promise.all([...input.files].map(smaller));
      chosen = files.filter((file) => file.size <= most * 1e6);
      // The camera and the list of files send under one name: where one file is asked for, the last choice holds.
      if (!input.multiple) field.dispatchEvent(new CustomEvent("linli:instead", { bubbles: true }));
      put();
      draw(files.filter((file) => file.size > most * 1e6));
    });
  }
}
