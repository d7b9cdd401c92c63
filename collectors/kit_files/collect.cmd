@echo off
setlocal
rem Started by a double click, or by hand with the options that README.txt tells.
if not exist "%~dp0python\python.exe" goto inside
if not exist "%~dp0collector.pyz" goto inside
"%~dp0python\python.exe" -I -B -X utf8 "%~dp0collector.pyz" %*
set "CODE=%ERRORLEVEL%"
if "%~1"=="" pause
exit /b %CODE%

:inside
echo This is still inside the ZIP: right-click the ZIP, choose Extract All, and start collect.cmd in the new folder. 1>&2
echo Ceci est encore dans le ZIP : clic droit sur le ZIP, Extraire tout, puis lancez collect.cmd dans le nouveau dossier. 1>&2
if "%~1"=="" pause
exit /b 2
