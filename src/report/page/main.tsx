/** Where the page begins: reads its data and draws. The mark `drawn` says when. */
import { render } from 'preact';
import type { PageData } from '../page-document.ts';
import { DiffView } from './diff-view.tsx';
import { ReplayView } from './replay-view.tsx';

const page = JSON.parse(document.getElementById('data')!.textContent!) as PageData;
const root = document.getElementById('page')!;
root.replaceChildren();
render(page.kind === 'diff' ? <DiffView page={page} /> : <ReplayView page={page} />, root);
performance.mark('drawn');
