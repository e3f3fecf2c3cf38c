"""What content may pass, and in which form: detectors, pseudonyms, and one policy over both.

Pure: texts and policies in, findings and texts out. Who waits, sends and writes is the gateway's.

- who looks: `detector`, `detectors/`, `secrets/`, `attacks/`, `remote/`, made by `making`, asked as
  one by `screening`, piece by piece by `sliding`, in one spelling by `folding`
- who decides: `policy`, `rulebook`, `judging`; of content risks `risk`, `own_risks`; what is told:
  `evidence`
- a request: its texts (`bodies`, `places/`), its `forms` (`fitting`), what stands in (`pseudonyms`,
  `masking`), what a platform keeps of it (`kept_history`, `kept_maps`)
- an answer: `answer_guard` has it looked at (`answer_screening`, `event_screening`), given its
  originals (`response_restoring`, `event_restoring`), or ended (`blocking`); `value_rewriting` and
  `event_rewriting` are the walks
- before a start: `checking`
"""
