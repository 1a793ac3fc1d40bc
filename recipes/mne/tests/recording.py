"""Is what was put into a simulated recording found in it again?"""

import mne
import numpy as np

rate, seconds = 250, 40
rng = np.random.default_rng(0)
time = np.arange(rate * seconds) / rate
data = rng.normal(scale=5e-6, size=(8, time.size))
data[:4] += 10e-6 * np.sin(2 * np.pi * 10 * time)
onsets = np.arange(1, seconds - 1) * rate
for onset in onsets:
    data[5, onset + 50 : onset + 60] += 50e-6

montage = mne.channels.make_standard_montage("colin27_1020")
info = mne.create_info(["Fp1", "Fp2", "C3", "C4", "P3", "P4", "O1", "O2"], rate, "eeg")
raw = mne.io.RawArray(data, info, verbose=False).set_montage(montage)
raw.save("simulated_raw.fif", verbose=False)
raw = mne.io.read_raw_fif("simulated_raw.fif", preload=True, verbose=False)

spectrum = raw.compute_psd(fmax=40, n_fft=500, verbose=False)
peaks = spectrum.freqs[spectrum.get_data().argmax(axis=1)]
assert np.all(peaks[:4] == 10), peaks

events = np.column_stack([onsets, np.zeros_like(onsets), np.ones_like(onsets)])
epochs = mne.Epochs(
    raw, events, tmin=-0.1, tmax=0.5, baseline=(None, 0), preload=True, verbose=False
)
channel, latency = epochs.average().get_peak()
assert channel == "P4" and 0.2 <= latency < 0.24, (channel, latency)

quiet = raw.copy().filter(20, 40, verbose=False)
assert quiet.get_data()[:4].std() < 0.4 * raw.get_data()[:4].std()

ica = mne.preprocessing.ICA(
    n_components=5, method="infomax", fit_params={"extended": True}, random_state=0, verbose=False
)
ica.fit(raw.copy().filter(1, None, verbose=False), verbose=False)
sources = ica.get_sources(raw).get_data()
rhythm = np.sin(2 * np.pi * 10 * time)
assert max(abs(np.corrcoef(source, rhythm)[0, 1]) for source in sources) > 0.9
