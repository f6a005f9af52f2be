/** A command that is ready to paste, and a button that copies it. */
import { useState } from 'preact/hooks';

/** Where there is no clipboard, the text is selected: Ctrl-C does the rest. */
async function copy(text: string, element: HTMLElement | null): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    if (element !== null) getSelection()?.selectAllChildren(element);
    return false;
  }
}

export function CopyLine({ label, text }: { readonly label: string; readonly text: string }) {
  const [state, setState] = useState('');
  const onCopy = async (event: MouseEvent): Promise<void> => {
    const element = (event.currentTarget as HTMLElement).parentElement!.querySelector('code');
    setState((await copy(text, element)) ? 'copied' : 'selected, now Ctrl-C');
    setTimeout(() => setState(''), 2_000);
  };
  return (
    <div class="copy-line">
      <span class="dim">{label}</span>
      <code>{text}</code>
      <button type="button" class="quiet" onClick={onCopy}>
        Copy
      </button>
      <span class="dim" role="status">
        {state}
      </span>
    </div>
  );
}
