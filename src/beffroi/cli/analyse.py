"""`beffroi analyse`: video files through the rules of a scene: events, report, annotated video."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, TaskID

from beffroi import __version__
from beffroi.app.files import FileHouse, open_file_house
from beffroi.cli.results import make_folder, video_progress
from beffroi.measure.analysis import EventLines, VideoNotes, write_analysis
from beffroi.measure.annotated import AnnotatedVideo
from beffroi.run.pipeline import Analysed
from beffroi.run.plugins import registry, situation_specs
from beffroi.see.detect import DEFAULT_MODEL
from beffroi.see.track import count_now
from beffroi.sense.files import probe
from beffroi.sense.scenes import Scene, load_scene
from beffroi.vocabulary.camera import Camera, StreamKind, StreamSpec
from beffroi.vocabulary.errors import InvalidInputError, SourceError, StorageError
from beffroi.vocabulary.judgement import EventPhase
from beffroi.vocabulary.picture import ObjectClass
from beffroi.vocabulary.rules import Rule
from beffroi.vocabulary.time import NS_PER_S, UtcNs

DEFAULT_FPS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Everything one run of the command needs."""

    house: FileHouse
    scene: Scene
    of_camera: str | None
    out: Path
    annotate: bool


def analyse(
    videos: Annotated[list[Path], typer.Argument(help="Video files.")],
    scene: Annotated[Path, typer.Option(help="Scene file: rules and their authorisation.")],
    out: Annotated[Path, typer.Option(help="Folder for events.jsonl, report.html and annotated videos.")],
    camera: Annotated[str | None, typer.Option(help="Which camera of the scene filmed this.")] = None,
    model: Annotated[str, typer.Option(help="Name, card or weights of the detector.")] = DEFAULT_MODEL,
    annotate: Annotated[bool, typer.Option("--annotate", help="Also write an annotated MP4 of each video.")] = False,
) -> None:
    """Analyse video files: events, report, annotated video."""
    specs = situation_specs(registry())
    read = load_scene(scene, specs)
    refuse_twins(videos)
    make_folder(out)
    house = open_file_house(specs, model=model)
    work = Work(house=house, scene=read, of_camera=camera, out=out, annotate=annotate)
    failed = run(work, videos, Console())
    if failed:
        raise typer.Exit(code=1)


def refuse_twins(videos: Sequence[Path]) -> None:
    """Names of outputs come from names of inputs.

    Raises:
        InvalidInputError: two files have the same name.
    """
    seen: set[str] = set()
    for video in videos:
        if video.stem in seen:
            raise InvalidInputError(
                "two videos have this name", where=video.name, mend="Rename one, or run them apart."
            )
        seen.add(video.stem)


def run(work: Work, videos: Sequence[Path], console: Console) -> list[str]:
    """Analyse all videos; the messages of those that failed. One that fails leaves the others alone.

    Raises:
        NotAuthorisedError: a rule of the scene is not covered.
        StorageError: results cannot be written.
    """
    failed: list[str] = []
    notes: list[VideoNotes] = []
    began = time.perf_counter()
    try:
        with (
            (work.out / "events.jsonl").open("w", encoding="utf-8") as file,
            video_progress(console) as bar,
        ):
            lines = EventLines(file)
            for video in videos:
                task = bar.add_task(video.name[:40], total=None, speed="")
                noted = VideoNotes(
                    name=video.name, rule_names={r.rule_id: r.name or r.rule_id for r in work.scene.rules}
                )
                notes.append(noted)
                try:
                    _one(work, video, noted, lines, (bar, task))
                except SourceError as error:
                    failed.append(str(error))
                    bar.console.print(f"[red]{error}")
        write_analysis(work.out / "report.html", notes, _setting(work))
    except OSError as error:
        mend = "Free space, or name another folder with --out."
        raise StorageError(f"{work.out}: results cannot be written: {error.strerror}. {mend}") from error
    _tell(console, work, notes, time.perf_counter() - began)
    return failed


def _one(work: Work, video: Path, notes: VideoNotes, lines: EventLines, shown: tuple[Progress, TaskID]) -> None:
    bar, task = shown
    info = probe(video)
    bar.update(task, total=max(info.duration_s, 0.1))
    scene = work.scene.for_camera(video.stem, of=work.of_camera)
    of_scene = scene.cameras[0]
    stream = StreamSpec(kind=StreamKind.FILE, url=str(video), pace="fast")
    fps = of_scene.analysed_fps or DEFAULT_FPS
    camera = Camera(camera_id=video.stem, name=of_scene.name, main=stream, analysed_fps=fps)
    house = replace(work.house, settings=replace(work.house.settings, start_at=of_scene.start_at))
    measured_on_px = of_scene.picture_px[0] if of_scene.picture_px else info.width_px
    scale = min(info.width_px, house.settings.max_width_px) / max(measured_on_px, 1.0)
    rules = [in_analysed_pixels(rule, scale) for rule in scene.rules if rule.enabled]
    results = house.analyse(video, camera, rules, scene.authorisations, UtcNs(time.time_ns()))
    began = time.perf_counter()
    with ExitStack() as stack:
        film = (
            stack.enter_context(AnnotatedVideo(work.out / f"{video.stem}.annotated.mp4", rules))
            if work.annotate
            else None
        )
        for analysed in results:
            at_s = analysed.frame.ref.media_time_ns / NS_PER_S
            _note(video, notes, lines, analysed)
            if film is not None:
                film.write(analysed.frame, analysed.tracks, analysed.events)
            speed = at_s / max(time.perf_counter() - began, 1e-9)
            bar.update(task, completed=at_s, speed=f"{speed:.1f}x")


def in_analysed_pixels(rule: Rule, scale: float) -> Rule:
    """A rule whose pixel parameters were measured on a picture that is analysed ``scale`` times as wide."""
    params = {k: v * scale if k.endswith("_px") and not isinstance(v, str) else v for k, v in rule.params.items()}
    return replace(rule, params=params)


def _note(video: Path, notes: VideoNotes, lines: EventLines, analysed: Analysed) -> None:
    at_s = analysed.frame.ref.media_time_ns / NS_PER_S
    if analysed.tracks is not None:
        people = count_now(analysed.tracks, ObjectClass.PERSON)
        notes.frame(at_s, people, count_now(analysed.tracks, ObjectClass.VEHICLE))
    for event in analysed.events:
        lines.write(video.name, event)
        notes.event(event, analysed.frame if event.phase is EventPhase.BEGUN else None)


def _setting(work: Work) -> dict[str, str]:
    given = work.scene.authorisations[0]
    return {
        "Autorisation / authorisation": f"{given.legal_basis}, {given.reference}, {given.signatory}",
        "Finalité / purpose": work.scene.purpose_id,
        "Modèle / model": work.house.model,
        "Beffroi": __version__,
    }


def _tell(console: Console, work: Work, notes: Sequence[VideoNotes], took_s: float) -> None:
    seconds = sum(n.duration_s for n in notes)
    events = sum(len(n.episodes) for n in notes)
    speed = seconds / max(took_s, 1e-9)
    console.print(f"{events} events in {seconds:.0f} s of video, {took_s:.1f} s of work ({speed:.1f}x)")
    console.print(f"{work.out / 'report.html'}")
